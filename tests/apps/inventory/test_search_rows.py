"""The rows of the search follow whatever changes, and the search agrees with the tables, to the cent."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from freehold.core import clock
from freehold.domain.party import Party
from freehold.domain.periods import stay_period
from freehold.inventory.models import Allocation, Claim, Purpose, SearchEntry, SearchOption
from freehold.inventory.search import rebuild
from freehold.inventory.search.page import search
from freehold.inventory.search.query import SearchQuery, Sort
from freehold.inventory.services.rebuild_search import roll_search_window
from freehold.inventory.stays import free_stays
from freehold.pricing.models import PriceOverride, Tax
from freehold.properties.models import Listing, Unit
from freehold.reports.integrity import CHECKS
from tests.factories import (
    AmenityFactory,
    ListingFactory,
    TaxFactory,
    UnitFactory,
    unit_type_listing,
    whole_property_listing,
)
from tests.support.search_oracle import stays_on_offer
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db

ZONES = ["America/New_York", "Europe/Lisbon", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Kiritimati"]


def found(check_in: date, check_out: date, *, guests: int = 2, children: tuple[int, ...] = ()) -> dict[Any, Any]:
    """Total and nightly price of every hit, over all pages."""
    prices: dict[Any, Any] = {}
    cursor = ""
    while True:
        query = SearchQuery(
            check_in=check_in,
            check_out=check_out,
            guests=guests,
            children=children,
            sort=Sort.PRICE,
            page_size=3,
            cursor=cursor,
        )
        page = search(query)
        prices |= {hit.listing_id: (hit.total, hit.nightly) for hit in page.hits}
        cursor = page.next_cursor
        if not cursor:
            assert page.count == len(prices)
            return prices


def take(unit: Unit, start: datetime, end: datetime, *, minutes: int | None = None) -> Claim:
    """Takes the unit by plain rows, as a hold when it has minutes."""
    period = DateTimeTZRange(start, end, "[)")
    expires_at = None if minutes is None else clock.now() + timedelta(minutes=minutes)
    purpose = Purpose.BLOCK if minutes is None else Purpose.HOLD
    claim = Claim.objects.create(company=unit.company, purpose=purpose, period=period, expires_at=expires_at)
    Allocation.objects.create(unit=unit, claim=claim, period=period, expires_at=expires_at)
    return claim


def broken() -> list[str]:
    """The checks of the search that find something."""
    with connection.cursor() as cursor:
        names = []
        for check in CHECKS:
            if check.name.startswith("search_"):
                cursor.execute(check.sql)
                names += [check.name] if cursor.fetchall() else []
    return names


amounts = st.integers(0, 60_000)


class SearchWorldTest(TestCase):
    """Whatever is sold, taken and charged: the hits and their prices are those of the tables."""

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def test_the_search_finds_what_plain_python_finds(self, data: st.DataObject) -> None:
        draw = data.draw
        for _ in range(draw(st.integers(1, 4), "listings")):
            self.sell(draw)
        units = list(Unit.objects.system("test").filter(kind=Unit.Kind.LEAF))
        for _ in range(draw(st.integers(0, 12), "claims")):
            self.take_some(draw, draw(st.sampled_from(units)))
        for claim in Claim.objects.system("test"):
            if draw(st.booleans(), "released") and draw(st.booleans()):
                claim.allocations.all().delete()
        if draw(st.booleans(), "rebuilt"):
            rebuild()
        assert broken() == []
        for _ in range(3):
            start, nights = draw(st.integers(-1, 40), "arrival"), draw(st.integers(1, 9), "nights")
            ages = tuple(draw(st.lists(st.integers(0, 17), max_size=2), "ages"))
            party = Party(draw(st.integers(1, 3), "adults"), ages)
            check_in, check_out = in_days(start), in_days(start + nights)
            expected = stays_on_offer(check_in=check_in, check_out=check_out, party=party)
            assert found(check_in, check_out, guests=party.size, children=ages) == {
                listing_id: (stay.total, stay.nightly) for listing_id, stay in expected.items()
            }
            alone = stays_on_offer(check_in=check_in, check_out=check_out, party=Party(1))
            listed = free_stays(check_in=check_in, check_out=check_out, offset=0, limit=100)
            assert {offer.listing.pk for offer in listed.offers} == alone.keys()
            assert listed.count == len(alone)

    def sell(self, draw: Any) -> None:
        hours = st.sampled_from([time(1, 30), time(4), time(11), time(15), time(16, 30), time(22), time(23, 30)])
        options = {
            "property__time_zone": draw(st.sampled_from(ZONES), "zone"),
            "property__check_in_time": draw(hours, "in"),
            "property__check_out_time": draw(hours, "out"),
            "min_nights": draw(st.integers(1, 3), "least"),
            "booking_window_days": draw(st.sampled_from([20, 540]), "window"),
            "lead_time_hours": draw(st.sampled_from([0, 0, 30]), "lead"),
            "turnover_days": draw(st.sampled_from([0, 0, 1, 3]), "turnover"),
            "rate_plan__base_price_minor": draw(amounts, "base"),
            "rate_plan__weekday_prices": draw(
                st.none() | st.lists(st.none() | amounts, min_size=7, max_size=7), "weekdays"
            ),
            "rate_plan__stay_discounts": [
                {"min_nights": nights, "basis_points": points}
                for nights, points in draw(
                    st.dictionaries(st.integers(1, 9), st.integers(0, 10_000), max_size=6), "discounts"
                ).items()
            ],
            "rate_plan__extra_guest_fee_minor": draw(amounts, "extra"),
            "rate_plan__cleaning_fee_minor": draw(amounts, "cleaning"),
        }
        kind = draw(st.sampled_from(["unit", "composite", "type", "whole"]), "kind")
        if kind == "type":
            listing = unit_type_listing(units=draw(st.integers(1, 3)), **options)
        elif kind == "whole":
            listing = whole_property_listing(units=draw(st.integers(1, 3)), **options)
        else:
            listing = ListingFactory(**options)
        if kind == "composite":
            parts = UnitFactory.create_batch(2, property=listing.property)
            listing.unit = UnitFactory(property=listing.property, parts=parts)
            listing.save()
        if draw(st.integers(0, 5), "inactive") == 0:
            Unit.objects.system("test").filter(pk=listing.property.units.first().pk).update(is_active=False)
        self.charge(draw, listing)

    def charge(self, draw: Any, listing: Listing) -> None:
        plan, start = listing.rate_plan, 0
        for length, price in draw(st.lists(st.tuples(st.integers(1, 9), amounts), max_size=4), "overrides"):
            nights = DateRange(in_days(start), in_days(start + length))
            PriceOverride.objects.create(rate_plan=plan, nights=nights, price_minor=price)
            start += length + draw(st.integers(0, 5))
        for rate, on_cleaning in draw(
            st.lists(st.tuples(st.integers(1, 10_000), st.booleans()), max_size=7), "percentages"
        ):
            plan.taxes.add(TaxFactory(company=listing.company, basis_points=rate, on_cleaning=on_cleaning))
        for amount, age in draw(st.lists(st.tuples(st.integers(1, 999), st.integers(0, 30)), max_size=2), "persons"):
            tax = TaxFactory(
                company=listing.company,
                kind=Tax.Kind.PER_PERSON_NIGHT,
                amount_minor=amount,
                exempt_below_age=age,
                max_nights=draw(st.none() | st.integers(1, 9)),
            )
            plan.taxes.add(tax)

    def take_some(self, draw: Any, unit: Unit) -> None:
        """Nights as a stay takes them, or any hours at all; where the unit is free."""
        place = unit.property
        first, length = draw(st.integers(0, 45), "from"), draw(st.integers(1, 8), "for")
        stay = stay_period(
            in_days(first), in_days(first + length), place.check_in_time, place.check_out_time, place.time_zone
        )
        start, end = stay.start, stay.end
        if draw(st.integers(0, 3), "hours") == 0:
            start = start + timedelta(hours=draw(st.integers(-30, 30)))
            end = start + timedelta(hours=draw(st.integers(1, 40)))
        if not Allocation.objects.filter(unit=unit, period__overlap=DateTimeTZRange(start, end)).exists():
            take(unit, start, end, minutes=draw(st.sampled_from([None, None, None, -5, 15]), "hold"))


def facts(listing: Listing) -> SearchEntry:
    return SearchEntry.objects.get(listing=listing)


def test_a_change_of_anything_reaches_the_row_at_once() -> None:
    listing = ListingFactory()
    place, plan, unit = listing.property, listing.rate_plan, listing.unit
    words = "under the lindens back bay boston"
    changes: list[tuple[Any, dict[str, Any], str, Any]] = [
        (listing, {"max_guests": 9}, "max_guests", 9),
        (
            listing,
            {"title": "Ünder the Lindens"},
            "words",
            f"{words} {place.category.name.lower()}",
        ),
        (place, {"latitude": 41.5}, "latitude", 41.5),
        (place, {"rating": "4.50", "review_count": 12}, "rating_rank", 4_500_012),
        (place.category, {"name": "Barge"}, "words", f"{words} barge"),
        (unit, {"bedrooms": 7}, "bedrooms", 7),
        (plan, {"base_price_minor": 12_345}, "base_price_minor", 12_345),
    ]
    for row, values, column, expected in changes:
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
        assert getattr(facts(listing), column) == expected
    tax = TaxFactory(company=listing.company, basis_points=100)
    plan.taxes.add(tax)
    assert facts(listing).taxes == [100]
    tax.basis_points = 250
    tax.save()
    assert facts(listing).taxes == [250]
    plan.taxes.clear()
    assert facts(listing).taxes is None
    wifi = AmenityFactory(code="wifi")
    place.amenities.add(wifi)
    assert search(SearchQuery(amenities=("wifi",))).count == 1
    place.amenities.remove(wifi)
    assert search(SearchQuery(amenities=("wifi",))).count == 0
    assert broken() == []


def test_what_leaves_the_market_leaves_the_rows() -> None:
    listing = ListingFactory()
    for row, column, off, on in [
        (listing, "status", "paused", "published"),
        (listing.property, "status", "archived", "published"),
        (listing.company, "is_active", False, True),
    ]:
        setattr(row, column, off)
        row.save()
        assert not SearchEntry.objects.exists()
        setattr(row, column, on)
        row.save()
        assert SearchEntry.objects.count() == 1
    listing.rate_plan.delete()
    assert not SearchEntry.objects.exists()
    assert broken() == []


def test_a_listing_that_sells_something_else_has_the_nights_of_that() -> None:
    listing = unit_type_listing(units=2)
    assert SearchOption.objects.filter(listing=listing).count() == 2
    first, second = listing.unit_type.units.all()
    begin = clock.now() + timedelta(days=30)
    take(first, begin, begin + timedelta(days=3))
    second.is_active = False
    second.save()
    entry = facts(listing)
    assert (entry.sole_unit_id, SearchOption.objects.count()) == (first.pk, 0)
    assert entry.nights is not None
    assert "1" in entry.nights
    assert broken() == []


def test_a_hold_writes_no_row_and_counts_while_it_lives() -> None:
    listing = ListingFactory()
    before = facts(listing).nights
    begin = clock.now() + timedelta(days=30)
    take(listing.unit, begin, begin + timedelta(days=2), minutes=15)
    assert facts(listing).nights == before
    assert found(in_days(30), in_days(31)) == {}
    clock.move(timedelta(minutes=16))
    assert listing.pk in found(in_days(30), in_days(31))


def test_hours_between_two_nights_are_seen_by_stays_over_them() -> None:
    """Between check-out and check-in no night is taken, and yet no stay can go on."""
    listing = ListingFactory()
    noon = datetime.combine(in_days(31), time(12), tzinfo=UTC) + timedelta(hours=5)
    take(listing.unit, noon, noon + timedelta(hours=1))
    assert facts(listing).nights is None
    assert found(in_days(30), in_days(32)) == {}
    assert listing.pk in found(in_days(30), in_days(31))
    assert listing.pk in found(in_days(31), in_days(32))


def test_stays_beyond_the_bits_are_looked_up_and_the_window_rolls() -> None:
    listing = ListingFactory(booking_window_days=2_000)
    begin = clock.now() + timedelta(days=700)
    take(listing.unit, begin, begin + timedelta(days=3))
    assert found(in_days(701), in_days(702)) == {}
    assert listing.pk in found(in_days(710), in_days(712))
    assert roll_search_window() == 0
    clock.move(timedelta(days=100))
    assert roll_search_window() == 1
    assert facts(listing).first_night == in_days(-2)
    assert "1" in (facts(listing).nights or "")
    assert found(in_days(601), in_days(602)) == {}
    assert broken() == []


def test_verify_finds_a_row_that_disagrees() -> None:
    listing = ListingFactory()
    assert broken() == []
    SearchEntry.objects.update(nights="1" + "0" * 639)
    assert broken() == ["search_knows_what_is_taken"]
    rebuild()
    SearchEntry.objects.update(base_price_minor=1)
    assert broken() == ["search_knows_what_is_on_offer"]
    SearchEntry.objects.all().delete()
    assert broken() == ["search_knows_what_is_on_offer"]
    assert rebuild() == 1
    assert broken() == []
    assert listing.pk in found(in_days(3), in_days(4))
