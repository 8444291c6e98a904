"""A few trips that the demonstration's guest has already: two to come, one cancelled.

They are in hotels where the stay is paid on arrival, so that no gateway has to be there while data is loaded. Those
few listings are the only ones with these terms.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from freehold.accounts.models import User
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.set_guests import set_guests
from freehold.bookings.types import GuestName
from freehold.core.actor import Actor
from freehold.distribution.airbnb.categories import Space
from freehold.distribution.airbnb.packs import Pack
from freehold.distribution.airbnb.records import ListingRecord
from freehold.distribution.composing.choices import Choices
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from freehold.pricing.types import ItemRequest

# Days after day zero and nights; the last trip is cancelled.
_TRIPS = ((18, 3), (47, 4), (76, 2))
_ADULTS = 2


@dataclass(frozen=True, slots=True)
class DemoTrip:
    """A stay that the source's calendar leaves free."""

    source_id: str
    start_day: int
    nights: int
    is_cancelled: bool


def choose_trips(pack: Pack) -> tuple[DemoTrip, ...]:
    """One trip per hotel room, as many as the pack has room for; always the same."""
    hotels = sorted(
        (record for record in pack.listings if record.space is Space.HOTEL_ROOM and record.accommodates >= _ADULTS),
        key=lambda record: Choices(record.source_id).number("demo trip", 1 << 32),
    )
    trips: list[DemoTrip] = []
    for start_day, nights in _TRIPS:
        used = {trip.source_id for trip in trips}
        found = next(
            (item for item in hotels if item.source_id not in used and _is_free(pack, item, start_day, nights)), None
        )
        if found is not None:
            trips.append(DemoTrip(found.source_id, start_day, nights, is_cancelled=start_day == _TRIPS[-1][0]))
    return tuple(trips)


def _is_free(pack: Pack, record: ListingRecord, start_day: int, nights: int) -> bool:
    if not record.min_nights <= nights <= (record.max_nights or nights):
        return False
    return not any(
        block.source_id == record.source_id
        and block.start_day < start_day + nights
        and start_day < block.start_day + block.nights
        for block in pack.blocks
    )


def book_trips(*, guest: User, trips: Sequence[DemoTrip], listing_ids: Mapping[str, UUID], day_zero: date) -> None:
    """Books each trip as the guest would. `listing_ids` is by source id."""
    actor = Actor.of(guest)
    for trip in trips:
        check_in = day_zero + timedelta(days=trip.start_day)
        when = Nights(check_in, check_in + timedelta(days=trip.nights))
        request = ItemRequest(listing_ids[trip.source_id], when, Party(_ADULTS))
        booking = hold_booking(actor=actor, items=[request])
        set_guests(actor=actor, booking_id=booking.pk, guests=[GuestName(item=0, name=guest.get_full_name())])
        if trip.is_cancelled:
            cancel_booking(actor=actor, booking_id=booking.pk)
