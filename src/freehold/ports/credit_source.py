"""What a bank or wallet that sends credit notices has to offer: one reader per vendor's shape.

Reading never writes and never calls anybody. The exact answer that the vendor wants is part of what is read, and is
due only after the notices were stored: anything but a 2xx makes most banks send the message again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from freehold.ports.credit_notice import CreditNotice
from freehold.ports.payment_gateway import AccountConfig, AccountField, Ack, Inbound


class UnreadableNotice(ValueError):
    """Authentic, but not what the vendor's documents describe: keep the bytes and let a person look."""


@dataclass(frozen=True, slots=True)
class Notices:
    """What one request said. `trusted`: the vendor proved who it is; else only the address vouches for it."""

    notices: tuple[CreditNotice, ...]
    ack: Ack
    trusted: bool


class CreditSource(Protocol):
    """One account whose credits are announced to us."""

    @property
    def slug(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def proves_sender(self) -> bool:
        """Whether what `read` does not refuse was sent by the vendor, beyond what the address vouches for."""
        ...

    def notices_in(self, body: bytes) -> tuple[CreditNotice, ...]:
        """What a body says, whoever sent it: for one that is stored, and was not refused when it came. Raises
        UnreadableNotice."""
        ...

    def read(self, req: Inbound) -> Notices:
        """Raises BadSignature for a request that is not the vendor's, UnreadableNotice for one that makes no sense."""
        ...


@runtime_checkable
class ToldWhere(Protocol):
    """A provider that has to be told by a request, instead of in a dashboard, where to announce what payers send by
    themselves."""

    def register_c2b_addresses(self, *, confirmation_url: str, validation_url: str, completes: bool = True) -> None:
        """`completes`: whether a payment goes through when we cannot be reached to validate it. Raises ValueError for
        an address that the provider does not take, and ProviderError."""
        ...


@dataclass(frozen=True, slots=True)
class CreditConnector:
    """How an account that sends notices is connected. `connect` raises ValueError, naming the field.

    `quiet_address`: the vendor refuses addresses that name it; then ours do not.
    """

    slug: str
    label: str
    fields: tuple[AccountField, ...]
    connect: Callable[[AccountConfig], CreditSource]
    quiet_address: bool = False
