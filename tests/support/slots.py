"""A slot in a few words, and listings that are sold by the slot or as a whole."""

from datetime import datetime, time, timedelta
from typing import Any

from freehold.domain.occasions import Slot, UntilCancelled
from freehold.domain.party import Party
from freehold.domain.periods import local_instant
from freehold.pricing.types import ItemRequest
from freehold.properties.models import Listing, SlotRules
from tests.factories import ListingFactory, unit_type_listing
from tests.support.stays import in_days

OPEN_DAILY = [[["09:00", "18:00"]]] * 7


def slot_listing(*, rules: dict[str, Any] | None = None, **options: Any) -> Listing:
    """A room that is open from 9 to 18 every day, in steps of half an hour, for 100.00 an hour."""
    listing = ListingFactory(mode=Listing.Mode.SLOT, **{"rate_plan__basis": "hour", **options})
    SlotRules.objects.create(listing=listing, **{"opening_hours": OPEN_DAILY, **(rules or {})})
    return listing


def seats_listing(*, seats: int = 4, rules: dict[str, Any] | None = None, **options: Any) -> Listing:
    """As many seats as that in one room, 100.00 for each slot and seat; each guest takes one."""
    chosen = {"mode": Listing.Mode.SLOT, "rate_plan__basis": "slot", "rate_plan__included_guests": 1, "max_guests": 10}
    listing = unit_type_listing(units=seats, **{**chosen, **options})
    SlotRules.objects.create(listing=listing, opening_hours=OPEN_DAILY, seat_per_guest=True, **(rules or {}))
    return listing


def exclusive_listing(**options: Any) -> Listing:
    """A hall that is given as a whole for 100.00, between dates or until cancelled."""
    return ListingFactory(mode=Listing.Mode.EXCLUSIVE, **{"rate_plan__basis": "flat", **options})


def instant_at(listing: Listing, clock_time: str, *, ahead: int = 30) -> datetime:
    return local_instant(in_days(ahead), time.fromisoformat(clock_time), listing.property.time_zone)


def a_slot(
    listing: Listing, start: str = "10:00", *, minutes: int = 60, ahead: int = 30, adults: int = 1
) -> ItemRequest:
    begin = instant_at(listing, start, ahead=ahead)
    return ItemRequest(listing.pk, Slot(begin, begin + timedelta(minutes=minutes)), Party(adults))


def from_now_on(listing: Listing, *, adults: int = 2) -> ItemRequest:
    return ItemRequest(listing.pk, UntilCancelled(), Party(adults))
