"""What payments announce. Facts only, no persons."""

from dataclasses import dataclass
from uuid import UUID

from freehold.core.events import Event


@dataclass(frozen=True, slots=True)
class MoneyReceived(Event):
    """Money arrived that nobody was told of before: `amount_minor` of it, however much the payment received so far.

    Announced with the folio locked, at least the asked amount the first time; what is too much is included.
    """

    payment_id: UUID
    folio_id: UUID
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class PaymentFailed(Event):
    """The attempt ended without money: failed, cancelled or expired. Late money may still come."""

    payment_id: UUID
    folio_id: UUID


@dataclass(frozen=True, slots=True)
class PaymentAuthorized(Event):
    """The payer's bank holds what was asked, and nothing is taken yet. Announced with the folio locked: whoever wants
    it says so in this transaction, or lets it go."""

    payment_id: UUID
    folio_id: UUID


@dataclass(frozen=True, slots=True)
class CaptureRequested(Event):
    """What is held is to be taken."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class CreditClaimed(Event):
    """A payer says that money which nobody matched is theirs."""

    review_item_id: UUID


@dataclass(frozen=True, slots=True)
class PaymentCloseRequested(Event):
    """Nobody should pay at this attempt any more."""

    payment_id: UUID


@dataclass(frozen=True, slots=True)
class PayLinkMade(Event):
    """Somebody is asked to pay by a link, and has an address to which it can be sent."""

    link_id: UUID


@dataclass(frozen=True, slots=True)
class RefundRequested(Event):
    refund_id: UUID


@dataclass(frozen=True, slots=True)
class RefundSettled(Event):
    """The gateway's answer. A refund that succeeded may be announced once more, as failed."""

    refund_id: UUID
    folio_id: UUID
    succeeded: bool


@dataclass(frozen=True, slots=True)
class ExternalRefundFound(Event):
    """Somebody refunded in the gateway's own dashboard. What it paid for is owed again until a person decides."""

    refund_id: UUID
    payment_id: UUID
    folio_id: UUID


@dataclass(frozen=True, slots=True)
class GatewayEventStored(Event):
    event_id: UUID


@dataclass(frozen=True, slots=True)
class CreditStored(Event):
    """A bank told of money that nobody asked for."""

    credit_id: UUID


@dataclass(frozen=True, slots=True)
class ComparisonRequested(Event):
    """Somebody wants the providers' books of the last days compared with ours."""

    company_id: UUID
    days: int


@dataclass(frozen=True, slots=True)
class PaymentsStuck(Event):
    """Payments, refunds or messages have not moved on for too long: `StuckNotice`s of one letter."""

    company_id: UUID
    letter_id: UUID
