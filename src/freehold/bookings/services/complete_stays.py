"""Stays that ended some hours ago are over, whether or not somebody said so at the desk."""

from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction

from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking
from freehold.bookings.services.earn_stay import earn_locked
from freehold.bookings.services.end_change import withdraw_pending
from freehold.core import clock
from freehold.core.errors import FreeholdError
from freehold.domain.booking_states import BookingState, transition

log = structlog.get_logger(__name__)

COMPLETE_AFTER = timedelta(hours=6)
"""Time for the desk to say that nobody came."""

BATCH = 100
ENDING = (BookingState.CONFIRMED, BookingState.IN_HOUSE)


def complete_stay(*, booking_id: UUID) -> bool:
    """True when the stay was completed now. By the database's clock; what has no end is never completed."""
    found = Booking.objects.system("completion").filter(pk=booking_id).first()
    if found is None:
        return False
    with transaction.atomic():
        folio, booking = lock_booking(found)
        moment = clock.database_now()
        if booking.state not in ENDING or booking.ends_at > moment - COMPLETE_AFTER:
            return False
        # Nobody tapped a check-in: small hosts never do. The guest was expected, and nobody said otherwise.
        if booking.state == BookingState.CONFIRMED:
            booking.state = transition(BookingState.CONFIRMED, BookingState.IN_HOUSE)
        booking.state = transition(BookingState.IN_HOUSE, BookingState.COMPLETED)
        booking.save(update_fields=["state", "updated_at"])
        withdraw_pending(booking)
        earn_locked(folio=folio, booking=booking, moment=moment)
    return True


def complete_due_stays() -> int:
    """Completes what ended some hours ago, each in a transaction of its own. Returns how many.

    One that cannot be completed (the books of its period are closed) is reported and keeps no other waiting.
    """
    due = (
        Booking.objects.system("completion")
        .filter(state__in=ENDING, ends_at__lte=clock.DatabaseNow() - COMPLETE_AFTER)
        .order_by("ends_at")
        .values_list("pk", flat=True)[:BATCH]
    )
    done = 0
    for booking_id in due:
        try:
            done += complete_stay(booking_id=booking_id)
        except FreeholdError as refusal:
            log.error("stay_not_completed", booking_id=str(booking_id), code=refusal.code)
    return done
