"""What a cancellation would give back right now, or gave back. Cancelling uses this very function."""

from datetime import datetime
from uuid import UUID

from freehold.bookings.models import Booking
from freehold.bookings.selectors import find_booking
from freehold.bookings.types import RefundPreview
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.domain.cancellation import compute_refund_of_parts
from freehold.domain.money import Money
from freehold.finance.selectors import folio_balance
from freehold.pricing.types import PricedCart

NEVER_CONFIRMED = "The booking was not confirmed yet: all of it goes back."


def preview_refund(*, actor: Actor, booking_id: UUID | str) -> RefundPreview:
    """By the terms frozen on the booking, what was really paid, and the database's clock.

    Of a cancelled booking: what was decided then. Its fee is settled, and is not refunded by asking again.
    """
    booking = find_booking(actor=actor, booking_id=booking_id)
    if booking.cancelled_at is not None:
        paid = Money(booking.refund_minor + booking.fee_minor, booking.currency)
        if booking.confirmed_at is None and paid.minor:
            nothing = Money.zero(booking.currency)
            return RefundPreview(refund=paid, fee=nothing, policy=NEVER_CONFIRMED, as_of=booking.cancelled_at)
        return _refund(booking, paid=paid, as_of=booking.cancelled_at)
    return refund_of(booking, as_of=clock.database_now())


def refund_of(booking: Booking, *, as_of: datetime) -> RefundPreview:
    """What changes kept before is not given back by cancelling. Of what was never confirmed all goes back: several
    payers had paid a part of it."""
    settled = folio_balance(booking.folio_id).settled
    if booking.confirmed_at is None and settled.minor:
        return RefundPreview(refund=settled, fee=Money.zero(booking.currency), policy=NEVER_CONFIRMED, as_of=as_of)
    kept = Money(booking.kept_minor, booking.currency)
    return _refund(booking, paid=settled - kept, as_of=as_of)


def missed_price(booking: Booking, *, as_of: datetime) -> Money:
    """What it costs when nobody came: all that a cancellation at `as_of` would keep, had the whole price been paid, but
    no more than reductions have left of it."""
    asked = sum(each.amount_minor - each.written_off_minor for each in booking.folio.receivables.all())
    standing = Money(max(asked - booking.kept_minor, 0), booking.currency)
    return min(_refund(booking, paid=Money(booking.total_minor, booking.currency), as_of=as_of).fee, standing)


def _refund(booking: Booking, *, paid: Money, as_of: datetime) -> RefundPreview:
    parts = PricedCart.from_json(booking.terms).refund_parts()
    outcome = compute_refund_of_parts(parts, paid=paid, as_of=as_of)
    return RefundPreview(refund=outcome.refund, fee=outcome.fee, policy=outcome.policy, as_of=as_of)
