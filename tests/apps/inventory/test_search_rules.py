"""A search finds exactly what the rules of each listing accept on the dates."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.inventory.search.page import search
from freehold.inventory.search.query import SearchQuery
from freehold.pricing.services.price_cart import price_cart
from freehold.properties.models import Listing, StayRestriction
from tests.factories import ListingFactory
from tests.support.stays import in_days, stay

pytestmark = pytest.mark.django_db


def is_found(listing: Listing, first: int, nights: int) -> bool:
    page = search(SearchQuery(check_in=in_days(first), check_out=in_days(first + nights), guests=2))
    return listing.pk in {hit.listing_id for hit in page.hits}


def is_quoted(listing: Listing, first: int, nights: int) -> bool:
    try:
        price_cart(actor=Actor.anonymous(), items=[stay(listing, arrive_in=first, nights=nights)])
    except BadInput:
        return False
    return True


@pytest.mark.parametrize(
    "rules",
    [
        {"min_nights": 4},
        {"max_nights": 2},
        {"min_nights": 1, "max_nights": 1},
        {"is_closed_to_arrival": True},
        {"is_closed_to_departure": True},
        {"label": "says nothing"},
    ],
)
def test_a_season_counts_as_it_does_for_the_price(rules: dict[str, Any]) -> None:
    listing = ListingFactory(property__time_zone="UTC", min_nights=2, max_nights=5)
    StayRestriction.objects.create(listing=listing, dates=DateRange(in_days(10), in_days(13)), **rules)
    for first in range(8, 15):
        for nights in (1, 2, 3, 5, 6):
            assert is_found(listing, first, nights) == is_quoted(listing, first, nights), (first, nights)


@pytest.mark.parametrize(
    "columns", [("arrival_weekdays",), ("departure_weekdays",), ("arrival_weekdays", "departure_weekdays")]
)
def test_weekdays_count_as_they_do_for_the_price(columns: tuple[str, ...]) -> None:
    listing = ListingFactory(property__time_zone="UTC", **{column: [4, 5] for column in columns})
    for first in range(10, 17):
        for nights in (1, 2, 7):
            assert is_found(listing, first, nights) == is_quoted(listing, first, nights), (first, nights)


def test_after_the_cut_off_nobody_arrives_today() -> None:
    now = clock.now()
    listing = ListingFactory(property__time_zone="UTC", cut_off_time=time(0))
    assert not is_found(listing, 0, 1)
    assert is_found(listing, 1, 1)
    late = (now + timedelta(minutes=1)).time()
    if late > now.time():
        Listing.objects.company(listing.company_id).update(cut_off_time=late)
        assert is_found(listing, 0, 1)
