"""What bookings announce."""

from dataclasses import dataclass
from uuid import UUID

from freehold.core.events import Event


@dataclass(frozen=True, slots=True)
class BookingHeld(Event):
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class BookingConfirmed(Event):
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class BookingCancelled(Event):
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class BookingExpired(Event):
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class PaymentSentBack(Event):
    """Money came that the booking cannot keep (too late, twice, too much, cancelled); `refund_id` returns it."""

    booking_id: UUID
    refund_id: UUID
    reason: str
