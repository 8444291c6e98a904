"""Search finds what can be had, at the price that a quote would have, to the cent."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.domain.periods import stay_period
from freehold.inventory.models import Allocation, Claim, Purpose
from freehold.inventory.search.page import map_clusters, map_pins, search
from freehold.inventory.search.query import Box, CursorAt, Near, SearchQuery, Sort
from freehold.inventory.services.claim_units import claim_units
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


UUID_TEXT = "01890000-0000-7000-8000-000000000000"


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
    assert found(ask(bedrooms=3)) == []
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
    pages: list[list[str]] = []
    cursor = ""
    for _ in range(4):
        page = search(ask(sort=sort, near=near, page_size=2, cursor=cursor))
        pages.append([hit.slug for hit in page.hits])
        assert page.count == 7
        cursor = page.next_cursor
    assert cursor == ""
    assert [slug for each in pages for slug in each] == everything
    assert len(everything) == 7

    for earlier in reversed(pages[:-1]):
        page = search(ask(sort=sort, near=near, page_size=2, cursor=page.previous_cursor))
        assert [hit.slug for hit in page.hits] == earlier
        assert page.next_cursor
    assert page.previous_cursor == ""


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


@pytest.mark.parametrize(
    ("options", "attr"),
    [
        ({"check_out": None}, "check_out"),
        ({"check_in": date(2030, 1, 1), "check_out": date(2030, 1, 1)}, "check_out"),
        ({"sort": Sort.DISTANCE}, "sort"),
        ({"min_price": Decimal(2), "max_price": Decimal(1)}, "max_price"),
        ({"box": Box(0, 2, 1, 1)}, "bbox"),
        ({"cursor": "bm9uc2Vuc2U"}, "cursor"),
        ({"cursor": CursorAt("1", "x").encode(Sort.RELEVANCE)}, "cursor"),
        ({"cursor": CursorAt("NaN", UUID_TEXT).encode(Sort.RELEVANCE)}, "cursor"),
        ({"cursor": CursorAt("1" * 40, UUID_TEXT).encode(Sort.RELEVANCE)}, "cursor"),
        ({"cursor": CursorAt("1", UUID_TEXT).encode(Sort.PRICE)}, "cursor"),
        ({"guests": 1, "children": (4,)}, "children"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused_with_its_field(options: dict[str, Any], attr: str) -> None:
    with pytest.raises(BadInput) as refusal:
        ask(**options)
    assert refusal.value.errors[0].attr == attr


def test_a_page_takes_three_queries_and_brings_the_pins_along(django_assert_num_queries: Any) -> None:
    ListingFactory.create_batch(5, property__pictures=[PictureFactory()])
    query = ask(place="Boston", page_size=2)
    with django_assert_num_queries(3):
        page = search(query, pins=5)
    assert page.hits[0].picture is not None
    assert page.pins == map_pins(ask(place="Boston"))


def test_a_whole_property_has_the_rooms_of_all_its_units() -> None:
    listing = whole_property_listing(units=3)
    UnitFactory(property=listing.property, is_active=False)
    (hit,) = search(ask(bedrooms=6)).hits
    assert (hit.listing_id, hit.bedrooms, hit.beds, hit.bathrooms) == (listing.pk, 6, 6, Decimal(3))
    assert found(ask(bedrooms=7)) == []


def test_a_circle_reaches_across_the_date_line_and_around_the_pole() -> None:
    fiji = ListingFactory(property__latitude=-17.0, property__longitude=-179.95, property__time_zone="Pacific/Fiji")
    pole = ListingFactory(property__latitude=89.9, property__longitude=10.0)
    assert found(ask(near=Near(-17.0, 179.95, radius_km=20))) == [fiji.slug]
    assert found(ask(near=Near(-17.0, 179.95, radius_km=10))) == []
    assert found(ask(near=Near(89.9, -170.0, radius_km=25))) == [pole.slug]
    assert found(ask(near=Near(17.0, 0.05, radius_km=20_000))) == [pole.slug]  # the antipodes are further still
    assert set(found(ask(box=Box(-180, -90, 180, 90)))) == {fiji.slug, pole.slug}


def test_children_are_guests_that_a_tax_may_spare() -> None:
    listing = ListingFactory(rate_plan__included_guests=4)
    listing.rate_plan.taxes.add(
        TaxFactory(company=listing.company, kind=Tax.Kind.PER_PERSON_NIGHT, amount_minor=100, exempt_below_age=12)
    )
    totals = [search(ask(guests=4, children=ages)).hits[0].total for ages in ((), (11,), (12,), (3, 17))]
    assert [total.minor for total in totals if total] == [31_200, 30_900, 31_200, 30_900]
    assert found(ask(guests=5, children=(1,))) == []


@pytest.mark.parametrize("day", ["2027-03-13", "2027-03-14", "2027-11-06", "2027-11-07"])
@pytest.mark.parametrize("check_out_time", [time(2, 30), time(11)])
def test_nights_are_the_same_instants_as_a_claim_takes_also_when_clocks_change(day: str, check_out_time: time) -> None:
    first = date.fromisoformat(day)
    clock.move(datetime(2027, 3, 1, tzinfo=UTC) - clock.now())
    listing = ListingFactory(property__check_in_time=check_out_time, property__check_out_time=check_out_time)
    period = stay_period(first, first + timedelta(days=1), check_out_time, check_out_time, "America/New_York")
    claim_units(
        actor=Actor.system("test"),
        company_id=listing.company_id,
        unit_ids=[listing.unit_id],
        period=period,
        purpose=Purpose.BOOKING,
    )
    nights = {
        shift: found(ask(check_in=first + timedelta(days=shift), check_out=first + timedelta(days=shift + 1)))
        for shift in (-1, 0, 1)
    }
    assert nights == {-1: [listing.slug], 0: [], 1: [listing.slug]}


def test_a_price_filter_does_not_move_the_scale_that_it_is_chosen_on() -> None:
    ListingFactory(rate_plan__base_price_minor=10_000)
    ListingFactory(rate_plan__base_price_minor=90_000)
    page = search(ask(max_price=Decimal(500)))
    assert page.count == 1
    assert page.facets["price"]["max"]["amount"] == "2700.00"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("weekday_prices", "{-1,1,1,1,1,1,1}"),
        ("weekday_prices", "{1,1,1,1,1,1,1000000000001}"),
        ("base_price_minor", "1000000000001"),
        ("stay_discounts", '[{"min_nights": 7}]'),
        ("stay_discounts", '[{"min_nights": "7", "basis_points": 1}]'),
        ("stay_discounts", '[{"min_nights": 7, "basis_points": 10001}]'),
        ("stay_discounts", '{"min_nights": 7}'),
    ],
)
def test_no_row_can_make_the_search_fail_for_everybody(column: str, value: str) -> None:
    plan = ListingFactory().rate_plan
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE pricing_rateplan SET {column} = %s WHERE id = %s", [value, plan.pk])


def test_the_highest_prices_still_make_a_total() -> None:
    listing = ListingFactory(
        max_guests=100,
        min_nights=365,
        rate_plan__base_price_minor=10**12,
        rate_plan__extra_guest_fee_minor=10**12,
        rate_plan__cleaning_fee_minor=10**12,
        booking_window_days=540,
    )
    listing.rate_plan.taxes.add(TaxFactory(company=listing.company, basis_points=10_000, on_cleaning=True))
    page = search(ask(check_out=in_days(30 + 365), guests=100))
    (hit,) = page.hits
    assert hit.total is not None
    assert hit.total.minor == 2 * 10**12 * (365 + 365 * 98 + 1)


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


def test_groups_on_the_map_add_up_to_the_total_and_name_those_alone() -> None:
    near = [
        ListingFactory(property__latitude=42.35 + n / 10_000, rate_plan__base_price_minor=10_000 + n) for n in range(3)
    ]
    far = ListingFactory(property__latitude=42.9)
    count, clusters = map_clusters(ask(), zoom=10)
    assert (count, [cluster.count for cluster in clusters]) == (4, [3, 1])
    together, alone = clusters
    assert together.price_from.minor == 30_000
    assert together.bounds == (-71.08, near[0].property.latitude, -71.08, near[2].property.latitude)
    assert (together.listing_id, alone.listing_id, alone.slug) == (None, far.pk, far.slug)
    beside = ask(box=Box(-72, 42.3, -71, 42.4))
    assert [cluster.count for cluster in map_clusters(beside, zoom=22)[1]] == [1, 1, 1]
    assert sum(cluster.count for cluster in map_clusters(ask(), zoom=0)[1]) == 4
    assert map_clusters(ask(place="Atlantis"), zoom=3) == (0, ())


def test_a_page_brings_pins_of_few_and_groups_of_many() -> None:
    ListingFactory.create_batch(3)
    few, many = search(ask(), pins=3), search(ask(), pins=2)
    assert (len(few.pins), few.clusters) == (3, ())
    assert (many.pins, sum(cluster.count for cluster in many.clusters)) == ((), 3)


def test_a_facet_counts_what_its_own_filter_leaves_out() -> None:
    homes, boats = CategoryFactory(slug="homes"), CategoryFactory(slug="boats")
    ListingFactory(property__category=homes, unit__bedrooms=1)
    ListingFactory(property__category=homes, unit__bedrooms=3)
    ListingFactory(property__category=boats, unit__bedrooms=3)
    page = search(ask(category="homes", bedrooms=3))
    counts = {name: {each["code"]: each["count"] for each in page.facets[name]} for name in ("categories", "bedrooms")}
    assert page.count == 1
    assert counts == {"categories": {"homes": 1, "boats": 1}, "bedrooms": {1: 1, 3: 1}}
    assert sum(page.facets["price"]["histogram"]) == 1
