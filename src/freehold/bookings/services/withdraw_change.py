"""Think better of a change that was not paid yet."""

from uuid import UUID

from django.db import transaction

from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking
from freehold.bookings.selectors import find_booking
from freehold.bookings.services.end_change import withdraw_pending
from freehold.core.actor import Actor
from freehold.payments.services.request_close_attempts import request_close_attempts


def withdraw_change(*, actor: Actor, booking_id: UUID | str) -> Booking:
    """The booking stays as it is, and what the change held is free. Without a pending change nothing happens."""
    found = find_booking(actor=actor, booking_id=booking_id, permission="bookings.change")
    with transaction.atomic():
        folio, booking = lock_booking(found)
        if booking.changes.filter(state="pending").exists():
            withdraw_pending(booking)
            request_close_attempts(folio_id=folio.pk)
    return booking
