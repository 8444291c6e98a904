"""The host says yes: the request becomes a hold with time to pay, or a booking where nothing is due yet."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from freehold.bookings.arrivals import has_missed_its_arrival
from freehold.bookings.events import RequestAccepted
from freehold.bookings.locking import lock_booking, lock_space
from freehold.bookings.models import Booking
from freehold.bookings.selectors import reads_as
from freehold.bookings.services.confirm_booking import confirm_locked
from freehold.bookings.services.hold_money import held_payment, use_held_locked
from freehold.companies.access import find_permitted
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.core.events import announce
from freehold.domain.booking_states import BookingState, transition
from freehold.domain.patience import time_to_act
from freehold.inventory.services.renew_hold import renew_hold

PAY_WITHIN = timedelta(hours=24)
PAY_AT_LEAST_WITHIN = timedelta(hours=1)

# What an accepted request may have become since.
ACCEPTED = frozenset({BookingState.HELD, BookingState.PENDING_PAYMENT, BookingState.CONFIRMED, BookingState.IN_HOUSE})


def accept_request(*, actor: Actor, booking_id: UUID | str, note: str = "") -> Booking:
    """Accepting what was accepted changes nothing. `note` is a word to the guest. What the guest's bank holds already
    is taken, or confirms the booking.

    Raises NotFound and AccessDenied, Conflict: `request_lapsed` when the time to answer is over, `not_requested`,
    `too_late` when what was asked for has begun.
    """
    found = find_permitted(actor=actor, model=Booking, pk=booking_id, permission="bookings.answer")
    with transaction.atomic():
        folio, booking = lock_booking(found)
        moment = clock.database_now()
        if booking.answered_at is not None and booking.state in ACCEPTED:
            return booking
        refuse_unless_waiting(booking, reads_as(booking, at=moment))
        if has_missed_its_arrival(booking, at=moment):
            raise Conflict("What was asked for has begun: nobody can arrive any more.", code="too_late")
        booking.state = transition(BookingState.REQUESTED, BookingState.HELD)
        booking.answered_at, booking.answer_note = moment, note
        if booking.due_now_minor:
            wait = time_to_act(PAY_WITHIN, now=moment, starts_at=booking.starts_at, at_least=PAY_AT_LEAST_WITHIN)
            booking.hold_expires_at = min(
                renew_hold(actor=actor, claim_id=claim_id, ttl=wait) for claim_id in lock_space(booking)
            )
        booking.save(update_fields=["state", "answered_at", "answer_note", "hold_expires_at", "updated_at"])
        if not booking.due_now_minor:
            confirm_locked(folio=folio, booking=booking)
        elif (held := held_payment(folio)) is not None:
            use_held_locked(folio=folio, booking=booking, payment=held)
        announce(RequestAccepted(booking_id=booking.pk))
    return booking


def refuse_unless_waiting(booking: Booking, state: BookingState) -> None:
    """Only a live request takes an answer. Raises Conflict otherwise."""
    if state is BookingState.EXPIRED and booking.answered_at is None:
        raise Conflict("The time to answer this request is over.", code="request_lapsed")
    if state is not BookingState.REQUESTED:
        raise Conflict(f"A booking that is {state} waits for no answer.", code="not_requested")
