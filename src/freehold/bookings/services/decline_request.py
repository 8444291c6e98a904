"""The host says no: the space is free at once, and nothing is owed."""

from uuid import UUID

from django.db import transaction

from freehold.bookings.events import RequestDeclined
from freehold.bookings.locking import lock_booking
from freehold.bookings.models import Booking
from freehold.bookings.selectors import reads_as
from freehold.bookings.services.accept_request import refuse_unless_waiting
from freehold.bookings.services.release_space import release_space
from freehold.companies.access import find_permitted
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.events import announce
from freehold.domain.booking_states import BookingState, transition
from freehold.finance.services.write_off_open import write_off_open
from freehold.payments.services.request_close_attempts import request_close_attempts


def decline_request(*, actor: Actor, booking_id: UUID | str, note: str = "") -> Booking:
    """Declining what was declined changes nothing. `note` is a word to the guest.

    Raises NotFound and AccessDenied, Conflict: `request_lapsed` when the time to answer is over, `not_requested`.
    """
    found = find_permitted(actor=actor, model=Booking, pk=booking_id, permission="bookings.answer")
    with transaction.atomic():
        folio, booking = lock_booking(found)
        moment = clock.database_now()
        if booking.state == BookingState.DECLINED:
            return booking
        refuse_unless_waiting(booking, reads_as(booking, at=moment))
        booking.state = transition(BookingState.REQUESTED, BookingState.DECLINED)
        booking.answered_at, booking.answer_note = moment, note
        booking.hold_expires_at = None
        booking.save(update_fields=["state", "answered_at", "answer_note", "hold_expires_at", "updated_at"])
        release_space(booking)
        write_off_open(folio=folio)
        request_close_attempts(folio_id=folio.pk)
        announce(RequestDeclined(booking_id=booking.pk))
    return booking
