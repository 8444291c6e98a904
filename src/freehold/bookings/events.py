"""What bookings announce."""

from dataclasses import dataclass
from uuid import UUID

from freehold.core.events import Event


@dataclass(frozen=True, slots=True)
class BookingHeld(Event):
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class BookingRequested(Event):
    """Somebody asks for a place that answers itself; the space is held until `hold_expires_at`."""

    booking_id: UUID


@dataclass(frozen=True, slots=True)
class RequestAccepted(Event):
    """The request is a hold now, or confirmed where nothing is due before arrival."""

    booking_id: UUID


@dataclass(frozen=True, slots=True)
class RequestDeclined(Event):
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class RequestLapsed(Event):
    """Nobody answered in time."""

    booking_id: UUID


@dataclass(frozen=True, slots=True)
class RequestWithdrawn(Event):
    """The guest took the request back before it was answered."""

    booking_id: UUID


@dataclass(frozen=True, slots=True)
class BookingConfirmed(Event):
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class BookingCancelled(Event):
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class BookingChanged(Event):
    """A confirmed booking is another one now; `number` counts its changes."""

    booking_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class BookingExpired(Event):
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class DepositAsked(Event):
    """The guest is to leave the damage deposit, or to leave it anew before the bank lets it go."""

    deposit_id: UUID
    is_renewal: bool
    on: str  # the date: asked once a day at most


@dataclass(frozen=True, slots=True)
class DepositClaimed(Event):
    """The host keeps a part of the damage deposit."""

    deposit_id: UUID


@dataclass(frozen=True, slots=True)
class DepositReleased(Event):
    """All of the damage deposit goes back."""

    deposit_id: UUID


@dataclass(frozen=True, slots=True)
class PaymentSentBack(Event):
    """Money came that the booking cannot keep (too late, twice, too much, cancelled); `refund_id` returns it."""

    booking_id: UUID
    refund_id: UUID
    reason: str
