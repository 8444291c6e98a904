"""The port for mail and SMS: one message to one recipient, and a mailbox for adapters that keep messages.

Delivery is at least once: the outbox may hand over the same message again after a crash. `dedupe_key` names
the message, so that an adapter drops the repetition where it can and marks it (Message-ID) where it cannot.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

type Channel = Literal["email", "sms"]


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    content_type: str  # may carry parameters: "text/calendar; method=PUBLISH"
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    channel: Channel
    to: str  # bare address or E.164 number
    subject: str  # empty for an SMS
    text: str
    html: str = ""  # empty: text only
    attachments: tuple[Attachment, ...] = ()
    dedupe_key: str  # unique per message, for example "booking-confirmed:<booking id>"


@dataclass(frozen=True, slots=True)
class CapturedMessage:
    """A message as an adapter kept it."""

    message: Message
    sent_at: datetime  # aware, UTC


class MessengerError(Exception):
    """The message was not handed over."""


class MessageRefused(MessengerError):
    """This message can never be sent by this adapter: wrong channel, bad address, refused recipient."""


class MessengerUnavailable(MessengerError):
    """Nothing wrong with the message: try again later."""


class Messenger(Protocol):
    def send(self, message: Message) -> None:
        """Hand the message over. Raises `MessageRefused` or `MessengerUnavailable`."""
        ...


class Mailbox(Protocol):
    def messages(self, limit: int = 200) -> list[CapturedMessage]:
        """The latest `limit` captured messages, newest first."""
        ...
