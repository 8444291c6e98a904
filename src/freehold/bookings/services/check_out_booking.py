"""The guest has left: what is left of the time is free, and what was charged is earned."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from freehold.bookings.again import moves_again, standing_items
from freehold.bookings.locking import lock_booking, lock_space
from freehold.bookings.models import Booking, BookingItem
from freehold.bookings.services.earn_stay import earn_locked, unearn_locked
from freehold.bookings.services.end_change import withdraw_pending
from freehold.companies.access import find_permitted
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.domain.booking_states import BookingState, transition
from freehold.finance.models import Folio
from freehold.inventory.errors import Unavailable
from freehold.inventory.reasons import BUSY
from freehold.inventory.services.end_claim import end_claim, resume_claim
from freehold.inventory.services.swap_claims import lock_swap, swap_claims


def check_out_booking(*, actor: Actor, booking_id: UUID | str) -> Booking:
    """In-house becomes completed. An early departure gives the rest of the time back, not the money.

    Twice changes nothing. Raises NotFound and AccessDenied, Conflict: `not_in_house`, `not_begun`.
    """
    found = find_permitted(actor=actor, model=Booking, pk=booking_id, permission="bookings.desk")
    with transaction.atomic():
        folio, booking = lock_booking(found)
        moment = clock.database_now()
        if booking.state == BookingState.COMPLETED:
            return booking
        if booking.state != BookingState.IN_HOUSE:
            raise Conflict("Nobody is checked in on this booking.", code="not_in_house")
        if moment <= booking.starts_at:
            raise Conflict("The stay has not begun: take the check-in back instead.", code="not_begun")
        depart_locked(actor=actor, folio=folio, booking=booking, moment=moment)
    return booking


def depart_locked(*, actor: Actor, folio: Folio, booking: Booking, moment: datetime) -> None:
    """In-house becomes completed. The folio and the booking are locked."""
    booking.state = transition(BookingState.IN_HOUSE, BookingState.COMPLETED)
    booking.checked_out_at = moment
    booking.save(update_fields=["state", "checked_out_at", "updated_at"])
    for claim_id in lock_space(booking):
        end_claim(actor=actor, claim_id=claim_id, at=moment)
    withdraw_pending(booking)
    earn_locked(folio=folio, booking=booking, moment=moment)


def undo_check_out(*, actor: Actor, booking_id: UUID | str) -> Booking:
    """Completed becomes in-house again, while the time that was given back is still free. Twice changes nothing.

    Raises NotFound and AccessDenied, Conflict: `not_completed`, `space_taken`.
    """
    found = find_permitted(actor=actor, model=Booking, pk=booking_id, permission="bookings.desk")
    with transaction.atomic():
        folio, booking = lock_booking(found)
        if booking.state == BookingState.IN_HOUSE:
            return booking
        if booking.state != BookingState.COMPLETED:
            raise Conflict("This booking is not completed.", code="not_completed")
        booking.state = transition(BookingState.COMPLETED, BookingState.IN_HOUSE)
        booking.checked_out_at = None
        booking.save(update_fields=["state", "checked_out_at", "updated_at"])
        _take_back(actor, booking)
        unearn_locked(folio=folio, booking=booking, moment=clock.database_now())
    return booking


def _take_back(actor: Actor, booking: Booking) -> None:
    """The rest of what had begun, and what had not begun by the departure: that was given back whole."""
    items = standing_items(booking)
    gone = [item for item in items if item.claim.released_at is not None]
    moves = moves_again(booking, gone)
    lock_swap(release=[item.claim_id for item in items], moves=moves)
    for item in items:
        if item not in gone:
            resume_claim(actor=actor, claim_id=item.claim_id, until=item.ends_at)
    try:
        claims = swap_claims(actor=Actor.system("undo check-out"), release=(), moves=moves, until=None)
    except Unavailable as refusal:
        if BUSY in refusal.reasons:
            raise
        raise Conflict("Somebody else has this time by now.", code="space_taken") from refusal
    for item, claim in zip(gone, claims, strict=True):
        item.claim_id = claim.id
    BookingItem.objects.bulk_update(gone, ["claim"])
