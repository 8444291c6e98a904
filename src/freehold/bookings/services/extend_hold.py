"""A guest who is filling in a form asks for a little more time. Once."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from freehold.bookings.locking import lock_booking, lock_space
from freehold.bookings.models import Booking
from freehold.bookings.selectors import find_booking, reads_as
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.domain.booking_states import HOLDING, BookingState
from freehold.inventory.errors import ClaimLapsed
from freehold.inventory.services.extend_claim import extend_claim
from freehold.payments.services.extend_shares import extend_shares

EXTEND_MINUTES = 15


def extend_hold(*, actor: Actor, booking_id: UUID | str) -> Booking:
    """Raises ClaimLapsed when the hold is over, Conflict (`already_extended`, `not_held`)."""
    found = find_booking(actor=actor, booking_id=booking_id, permission="bookings.create_for_guest")
    with transaction.atomic():
        _folio, booking = lock_booking(found)
        state = reads_as(booking, at=clock.database_now())
        if state == BookingState.EXPIRED:
            raise ClaimLapsed
        if state not in HOLDING:
            raise Conflict("Only a hold can be extended.", code="not_held")
        lock_space(booking)
        deadlines = [
            extend_claim(actor=actor, claim_id=claim_id, by=timedelta(minutes=EXTEND_MINUTES))
            for claim_id in sorted(booking.items.filter(cancelled_at=None).values_list("claim_id", flat=True))
        ]
        booking.hold_expires_at = min(deadlines)
        booking.save(update_fields=["hold_expires_at", "updated_at"])
        extend_shares(folio_id=booking.folio_id, until=booking.hold_expires_at)
    return booking
