"""What the visitor holds already, in words: it is not taken by somebody else, and the booking goes on."""

from __future__ import annotations

from django.utils.translation import gettext

from freehold.bookings.models import Booking
from freehold.domain.booking_states import BookingState
from freehold.domain.occasions import Nights, Slot, When
from freehold.domain.periods import time_zone
from freehold.pricing.types import ItemRequest
from freehold.web.ui import formats


def words(booking: Booking, wish: ItemRequest, zone: str) -> str:
    """`You hold these nights until 2:32 PM`, or what of it is held."""
    assert booking.hold_expires_at is not None
    until = {"until": formats.clock(booking.hold_expires_at.astimezone(time_zone(zone)))}
    if booking.state == BookingState.REQUESTED:
        text = gettext("You asked the host for this time. The answer comes by %(until)s.")
        return text % {"until": formats.instant(booking.hold_expires_at, zone)}
    texts = {
        (True, True): gettext("You hold these nights until %(until)s"),
        (True, False): gettext("You hold some of these nights until %(until)s"),
        (False, True): gettext("You hold this time until %(until)s"),
        (False, False): gettext("You hold some of this time until %(until)s"),
    }
    return texts[isinstance(wish.when, Nights), _covers(booking, wish.when)] % until


def is_exactly(booking: Booking, wish: ItemRequest) -> bool:
    return [(item.listing_id, item.when) for item in booking.items.all()] == [(wish.listing_id, wish.when)]


def _covers(booking: Booking, when: When) -> bool:
    return any(_holds_all(item.when, when) for item in booking.items.all())


def _holds_all(held: When, wanted: When) -> bool:
    match held, wanted:
        case Nights(), Nights():
            return held.check_in <= wanted.check_in and wanted.check_out <= held.check_out
        case Slot(), Slot():
            return held.start_at <= wanted.start_at and wanted.end_at <= held.end_at
    return held == wanted
