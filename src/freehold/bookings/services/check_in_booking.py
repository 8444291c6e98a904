"""The guest has come. One tap, and another one when it was the wrong guest."""

from uuid import UUID

from django.db import transaction

from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking
from freehold.bookings.services.hold_money import take_on_arrival_locked
from freehold.companies.access import find_permitted
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.domain.attendance import arrival_day_begins
from freehold.domain.booking_states import BookingState, transition


def check_in_booking(*, actor: Actor, booking_id: UUID | str) -> Booking:
    """Confirmed becomes in-house, from the day of arrival on. Checking in twice changes nothing.

    Raises NotFound and AccessDenied, Conflict: `not_confirmed`, `too_early`, `too_late`.
    """
    found = find_permitted(actor=actor, model=Booking, pk=booking_id, permission="bookings.desk")
    with transaction.atomic():
        folio, booking = lock_booking(found)
        moment = clock.database_now()
        if booking.state == BookingState.IN_HOUSE:
            return booking
        if booking.state != BookingState.CONFIRMED:
            raise Conflict("Only a confirmed booking can be checked in.", code="not_confirmed")
        if moment < arrival_day_begins(booking.starts_at, booking.terms["time_zone"]):
            raise Conflict("The day of arrival has not begun.", code="too_early")
        if booking.ends_at <= moment:
            raise Conflict("The stay is over.", code="too_late")
        booking.state = transition(BookingState.CONFIRMED, BookingState.IN_HOUSE)
        booking.checked_in_at = moment
        booking.save(update_fields=["state", "checked_in_at", "updated_at"])
        take_on_arrival_locked(folio=folio, booking=booking)
    return booking


def undo_check_in(*, actor: Actor, booking_id: UUID | str) -> Booking:
    """In-house becomes confirmed again; the audit trail keeps both steps. Twice changes nothing.

    Raises NotFound and AccessDenied, Conflict `not_in_house`.
    """
    found = find_permitted(actor=actor, model=Booking, pk=booking_id, permission="bookings.desk")
    with transaction.atomic():
        _folio, booking = lock_booking(found)
        if booking.state == BookingState.CONFIRMED:
            return booking
        if booking.state != BookingState.IN_HOUSE:
            raise Conflict("Nobody is checked in on this booking.", code="not_in_house")
        booking.state = transition(BookingState.IN_HOUSE, BookingState.CONFIRMED)
        booking.checked_in_at = None
        booking.save(update_fields=["state", "checked_in_at", "updated_at"])
    return booking
