"""What accounts announces."""

from dataclasses import dataclass
from uuid import UUID

from freehold.core.events import Event


@dataclass(frozen=True, slots=True)
class AccountMailRequested(Event):
    """Somebody is to get a mail about an account. `mails.compose` makes links and context when it is sent.

    The event holds no token: links are made at sending, from ids. `mail` names the template below
    "account/email/", `to` is the bare address, `user_id` is None when there is no such account.
    `address_id` is the address to confirm. `about` is another address that the mail speaks of.
    """

    mail: str
    to: str
    user_id: UUID | None = None
    address_id: int | None = None
    about: str = ""
    ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class PhoneCodeRequested(Event):
    """A phone number is to get its code by text message. `phone_codes.compose` derives the code when it is sent."""

    code_id: UUID


@dataclass(frozen=True, slots=True)
class AccountClosed(Event):
    """In the transaction: a person closes their account. Who cannot do without them refuses by raising."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class AccountErased(Event):
    """In the transaction: everything that says who this was goes. Who still needs to know refuses by raising."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class AccountsMerged(Event):
    """In the transaction: what belongs to `merged_id` belongs to `kept_id` from now on."""

    kept_id: UUID
    merged_id: UUID
