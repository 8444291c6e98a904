"""Search finds what can be had, at the price that a quote would have, to the cent."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.inventory.models import Allocation, Claim, Purpose
from freehold.inventory.search.page import map_pins, search
from freehold.inventory.search.places import suggest_places
from freehold.inventory.search.query import Box, Near, SearchQuery, Sort
from freehold.pricing.models import PriceOverride, Tax
from freehold.pricing.services.price_cart import price_cart
from freehold.properties.models import Listing, Unit
from tests.factories import (
    AmenityFactory,
    CategoryFactory,
    ListingFactory,
    PictureFactory,
    TaxFactory,
    UnitFactory,
    unit_type_listing,
    whole_property_listing,
)
from tests.support.stays import in_days, stay

pytestmark = pytest.mark.django_db


def ask(**options: Any) -> SearchQuery:
    return SearchQuery(**{"check_in": in_days(30), "check_out": in_days(33), "guests": 2, **options})


def found(query: SearchQuery) -> list[str]:
    return [hit.slug for hit in search(query).hits]


def block(unit: Unit, *, start: int, nights: int, purpose: str = "block", minutes: int | None = None) -> None:
    """Takes the unit from the afternoon of day `start` on, by plain rows."""
    begin = clock.now().replace(hour=20, minute=0, second=0, microsecond=0) + timedelta(days=start)
    period = DateTimeTZRange(begin, begin + timedelta(days=nights, hours=-4), "[)")
    expires_at = None if minutes is None else clock.now() + timedelta(minutes=minutes)
    claim = Claim.objects.create(company=unit.company, purpose=purpose, period=period, expires_at=expires_at)
    Allocation.objects.create(unit=unit, claim=claim, period=period, expires_at=expires_at)


def test_taken_nights_hide_a_listing_and_adjacent_ones_do_not() -> None:
    listing = ListingFactory()
    block(listing.unit, start=25, nights=5)
    block(listing.unit, start=33, nights=5)
    assert found(ask()) == [listing.slug]
    block(listing.unit, start=31, nights=1)
    assert found(ask()) == []


def test_a_lapsed_hold_counts_as_free() -> None:
    listing = ListingFactory()
    block(listing.unit, start=30, nights=2, purpose=Purpose.HOLD, minutes=15)
    assert found(ask()) == []
    clock.move(timedelta(minutes=16))
    assert found(ask()) == [listing.slug]


def test_a_unit_type_is_free_while_one_of_its_units_is() -> None:
    listing = unit_type_listing(units=2)
    first, second = listing.unit_type.units.all()
    block(first, start=30, nights=3)
    assert found(ask()) == [listing.slug]
    block(second, start=32, nights=1)
    assert found(ask()) == []


def test_a_whole_property_is_free_while_all_of_its_units_are() -> None:
    listing = whole_property_listing(units=2)
    assert found(ask()) == [listing.slug]
    block(listing.property.units.first(), start=30, nights=1)
    assert found(ask()) == []


def test_a_composite_is_taken_with_any_of_its_parts() -> None:
    listing = ListingFactory()
    parts = UnitFactory.create_batch(2, property=listing.property)
    listing.unit = UnitFactory(property=listing.property, parts=parts)
    listing.save()
    assert found(ask()) == [listing.slug]
    block(parts[1], start=31, nights=1)
    assert found(ask()) == []


def test_rules_of_the_listing_are_obeyed() -> None:
    ListingFactory(min_nights=4)
    ListingFactory(max_nights=2)
    ListingFactory(max_guests=1)
    ListingFactory(booking_window_days=31)
    ListingFactory(lead_time_hours=24 * 31)
    fitting = ListingFactory(min_nights=3, max_nights=3, booking_window_days=34, lead_time_hours=24 * 28)
    assert found(ask()) == [fitting.slug]


def test_the_past_is_not_for_sale() -> None:
    ListingFactory()
    assert found(ask(check_in=in_days(-2), check_out=in_days(1))) == []


def test_what_is_not_published_is_not_found() -> None:
    ListingFactory(status=Listing.Status.DRAFT)
    ListingFactory(property__status="draft")
    ListingFactory(company__is_active=False)
    ListingFactory(mode=Listing.Mode.SALE)
    assert found(ask()) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Boston", {"bb", "se"}),
        ("boston", {"bb", "se"}),
        ("Back Bay", {"bb"}),
        ("Back Bay, Boston", {"bb"}),
        ("Bostn", {"bb", "se"}),
        ("São Paulo", {"sp"}),
        ("sao paulo", {"sp"}),
        ("Nowhere at all", set()),
        ("%", set()),
    ],
)
def test_a_place_is_understood_as_people_type_it(text: str, names: set[str]) -> None:
    ListingFactory(slug="bb", property__neighbourhood="Back Bay")
    ListingFactory(slug="se", property__neighbourhood="South End")
    ListingFactory(slug="sp", property__city="São Paulo", property__neighbourhood="", property__country="BR")
    assert set(found(ask(place=text))) == names


def test_filters_narrow_the_hits() -> None:
    wifi, pool = AmenityFactory(code="wifi"), AmenityFactory(code="pool")
    homes = CategoryFactory(slug="homes")
    lofts = CategoryFactory(slug="lofts", parent=homes)
    both = ListingFactory(property__amenities=[wifi, pool], property__category=lofts, title="Bright loft", slug="both")
    ListingFactory(property__amenities=[wifi], unit__bedrooms=0, slug="one")
    assert found(ask(amenities=("wifi", "pool"))) == [both.slug]
    assert set(found(ask(amenities=("wifi",)))) == {"both", "one"}
    assert found(ask(amenities=("no-such-amenity",))) == []
    assert found(ask(bedrooms=1)) == [both.slug]
    assert found(ask(category="homes")) == [both.slug]
    assert found(ask(q="LOFT bright")) == [both.slug]
    assert found(ask(q="100%")) == []


def test_a_box_and_a_circle_narrow_the_map() -> None:
    near = ListingFactory(property__latitude=42.35, property__longitude=-71.08)
    far = ListingFactory(property__latitude=42.45, property__longitude=-71.08)
    fiji = ListingFactory(property__latitude=-17.0, property__longitude=179.9)
    assert found(ask(box=Box(-71.1, 42.3, -71.0, 42.4))) == [near.slug]
    assert found(ask(box=Box(179.0, -18.0, -179.0, -16.0))) == [fiji.slug]
    circle = Near(42.35, -71.08, radius_km=15)
    page = search(ask(near=circle, sort=Sort.DISTANCE))
    assert [hit.slug for hit in page.hits] == [near.slug, far.slug]
    assert page.hits[1].distance_km == pytest.approx(11.1, abs=0.1)


def test_prices_are_of_the_whole_stay_with_fees_and_taxes() -> None:
    cheap_night = ListingFactory(rate_plan__base_price_minor=8_000, rate_plan__cleaning_fee_minor=20_000)
    cheap_stay = ListingFactory(rate_plan__base_price_minor=10_000)
    assert found(ask(sort=Sort.PRICE)) == [cheap_stay.slug, cheap_night.slug]
    assert found(ask(sort=Sort.PRICE_DESCENDING)) == [cheap_night.slug, cheap_stay.slug]
    assert found(ask(max_price=Decimal(300))) == [cheap_stay.slug]
    assert found(ask(min_price=Decimal("300.01"))) == [cheap_night.slug]
    dateless = search(SearchQuery(sort=Sort.PRICE))
    assert [hit.slug for hit in dateless.hits] == [cheap_night.slug, cheap_stay.slug]
    assert dateless.hits[0].total is None


def test_one_currency_group_at_a_time() -> None:
    dollars = ListingFactory.create_batch(2)
    yen = ListingFactory(currency="JPY", rate_plan__currency="JPY", rate_plan__base_price_minor=9_000)
    page = search(ask())
    assert page.currency == "USD"
    assert {hit.slug for hit in page.hits} == {listing.slug for listing in dollars}
    assert {each["code"]: each["count"] for each in page.facets["currencies"]} == {"USD": 2, "JPY": 1}
    assert found(ask(currency="JPY", min_price=Decimal(27_000), max_price=Decimal(27_000))) == [yen.slug]


@pytest.mark.parametrize("sort", [Sort.RELEVANCE, Sort.PRICE, Sort.PRICE_DESCENDING, Sort.RATING, Sort.DISTANCE])
def test_pages_follow_each_other_without_gap_or_repetition(sort: Sort) -> None:
    for number in range(7):
        ListingFactory(
            rate_plan__base_price_minor=10_000 + 1_000 * (number % 3),
            property__rating=Decimal("4.5") if number % 2 else None,
            property__review_count=number,
        )
    near = Near(42.0, -71.0) if sort is Sort.DISTANCE else None
    everything = found(ask(sort=sort, near=near, page_size=100))
    seen: list[str] = []
    cursor = ""
    for _ in range(4):
        page = search(ask(sort=sort, near=near, page_size=2, cursor=cursor))
        seen += [hit.slug for hit in page.hits]
        assert page.count == 7
        cursor = page.next_cursor
    assert seen == everything
    assert cursor == ""
    assert len(seen) == 7


def test_facets_count_the_hits() -> None:
    wifi = AmenityFactory(code="wifi")
    ListingFactory.create_batch(2, property__amenities=[wifi], property__neighbourhood="Fenway")
    ListingFactory(unit__bedrooms=0, rate_plan__base_price_minor=50_000)
    facets = search(ask()).facets
    assert {each["code"]: each["count"] for each in facets["amenities"]} == {"wifi": 2}
    assert {each["code"]: each["count"] for each in facets["neighbourhoods"]} == {"Fenway": 2, "Back Bay": 1}
    assert {each["code"]: each["count"] for each in facets["bedrooms"]} == {0: 1, 2: 2}
    assert facets["price"]["min"]["amount"] == "300.00"
    assert sum(facets["price"]["histogram"]) == 3


def test_the_map_shows_all_hits_not_only_the_page() -> None:
    ListingFactory.create_batch(5)
    assert len(search(ask(page_size=2)).hits) == 2
    pins = map_pins(ask(page_size=2))
    assert len(pins) == 5
    assert pins[0].price.minor == 30_000


def test_suggestions_begin_like_what_was_typed_cities_first() -> None:
    ListingFactory.create_batch(2, property__neighbourhood="Back Bay")
    ListingFactory(property__neighbourhood="Fenway")
    assert [(each.text, each.kind, each.count) for each in suggest_places(prefix="bo")] == [("Boston", "city", 3)]
    assert [each.text for each in suggest_places(prefix="Bak bay")] == ["Back Bay, Boston"]
    assert suggest_places(prefix=" ") == []


@pytest.mark.parametrize(
    ("options", "attr"),
    [
        ({"check_out": None}, "check_out"),
        ({"check_in": date(2030, 1, 1), "check_out": date(2030, 1, 1)}, "check_out"),
        ({"sort": Sort.DISTANCE}, "sort"),
        ({"min_price": Decimal(2), "max_price": Decimal(1)}, "max_price"),
        ({"box": Box(0, 2, 1, 1)}, "bbox"),
        ({"cursor": "bm9uc2Vuc2U"}, "cursor"),
        ({"cursor": "WyJwcmljZSIsIjEiLCJ4Il0"}, "cursor"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_with_its_field(options: dict[str, Any], attr: str) -> None:
    with pytest.raises(BadInput) as refusal:
        ask(**options)
    assert refusal.value.errors[0].attr == attr


def test_a_page_takes_three_queries(django_assert_num_queries: Any) -> None:
    ListingFactory.create_batch(5, property__pictures=[PictureFactory()])
    query = ask(place="Boston")
    with django_assert_num_queries(3):
        page = search(query)
    assert page.hits[0].picture is not None


minor = st.integers(0, 300_000)
points = st.integers(0, 10_000)


class SearchPriceTest(TestCase):
    """The SQL and the pure rules agree to the cent, whatever the plan."""

    @settings(max_examples=60, deadline=None)
    @given(data=st.data())
    def test_the_total_of_a_hit_is_the_total_of_a_quote(self, data: st.DataObject) -> None:
        draw = data.draw
        nights = draw(st.integers(1, 30), "nights")
        guests = draw(st.integers(1, 6), "guests")
        tiers = draw(st.dictionaries(st.integers(1, 30), points, max_size=3), "discounts")
        listing = ListingFactory(
            max_guests=6,
            rate_plan__base_price_minor=draw(minor, "base"),
            rate_plan__weekday_prices=draw(st.none() | st.lists(st.none() | minor, min_size=7, max_size=7), "weekdays"),
            rate_plan__stay_discounts=[{"min_nights": n, "basis_points": b} for n, b in tiers.items()],
            rate_plan__included_guests=draw(st.integers(1, 4), "included"),
            rate_plan__extra_guest_fee_minor=draw(minor, "extra"),
            rate_plan__cleaning_fee_minor=draw(minor, "cleaning"),
        )
        plan = listing.rate_plan
        start = 28
        for length, price in draw(st.lists(st.tuples(st.integers(1, 6), minor), max_size=4), "overrides"):
            PriceOverride.objects.create(
                rate_plan=plan, nights=DateRange(in_days(start), in_days(start + length)), price_minor=price
            )
            start += length + draw(st.integers(0, 3))
        percentages = st.lists(st.tuples(st.integers(1, 10_000), st.booleans()), max_size=2)
        for rate, on_cleaning in draw(percentages, "taxes"):
            plan.taxes.add(TaxFactory(company=listing.company, basis_points=rate, on_cleaning=on_cleaning))
        for amount, capped in draw(
            st.lists(st.tuples(st.integers(1, 9_999), st.none() | st.integers(1, 9)), max_size=1)
        ):
            plan.taxes.add(
                TaxFactory(
                    company=listing.company,
                    kind=Tax.Kind.PER_PERSON_NIGHT,
                    amount_minor=amount,
                    max_nights=capped,
                    exempt_below_age=12,
                )
            )
        cart = price_cart(actor=Actor.anonymous(), items=[stay(listing, nights=nights, adults=guests)])
        page = search(SearchQuery(check_in=in_days(30), check_out=in_days(30 + nights), guests=guests, q=listing.title))
        hit = next(each for each in page.hits if each.listing_id == listing.pk)
        assert hit.total == cart.total
        assert hit.nightly == cart.items[0].nightly
