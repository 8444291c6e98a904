"""A stay in a few words."""

from datetime import date, timedelta

from freehold.core import clock
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from freehold.pricing.types import ItemRequest
from freehold.properties.models import Listing


def in_days(days: int) -> date:
    return (clock.now() + timedelta(days=days)).date()


def stay(listing: Listing, *, arrive_in: int = 30, nights: int = 3, adults: int = 2) -> ItemRequest:
    return ItemRequest(
        listing_id=listing.pk,
        when=Nights(in_days(arrive_in), in_days(arrive_in + nights)),
        party=Party(adults),
    )


def let_the_hold_lapse(minutes: int = 16) -> None:
    clock.move(timedelta(minutes=minutes))
