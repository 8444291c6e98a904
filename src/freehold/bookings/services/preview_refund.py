"""What a cancellation would give back right now. Cancelling uses this very function."""

from datetime import datetime
from uuid import UUID

from freehold.bookings.models import Booking
from freehold.bookings.selectors import find_booking
from freehold.bookings.types import RefundPreview
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.domain.cancellation import compute_refund_of_parts
from freehold.finance.selectors import folio_balance
from freehold.pricing.types import PricedCart


def preview_refund(*, actor: Actor, booking_id: UUID | str) -> RefundPreview:
    """By the terms frozen on the booking, what was really paid, and the database's clock."""
    booking = find_booking(actor=actor, booking_id=booking_id)
    return refund_of(booking, as_of=clock.database_now())


def refund_of(booking: Booking, *, as_of: datetime) -> RefundPreview:
    outcome = compute_refund_of_parts(
        PricedCart.from_json(booking.terms).refund_parts(),
        paid=folio_balance(booking.folio_id).settled,
        as_of=as_of,
    )
    return RefundPreview(refund=outcome.refund, fee=outcome.fee, policy=outcome.policy, as_of=as_of)
