"""Places like another one: whom they come from, in which order, free on which dates, and why."""

from typing import Any

import pytest

from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from freehold.inventory.candidates import MOST_COMPARED
from freehold.inventory.similar import MOST_OF_ONE_PROPERTY, SimilarPlace, similar_places
from freehold.pricing.services.price_cart import price_cart
from freehold.properties.models import Category, Listing
from tests.factories import (
    AmenityFactory,
    CategoryFactory,
    ListingFactory,
    TaxFactory,
    UnitFactory,
    unit_type_listing,
    whole_property_listing,
)
from tests.support.booked import hold
from tests.support.stays import in_days, let_the_hold_lapse, stay

pytestmark = pytest.mark.django_db

KILOMETRE = 0.009  # degrees of latitude


class Town:
    """Homes > Apartments > (Loft, Condo); Homes > Houses > Villa. A loft in the middle."""

    def __init__(self) -> None:
        homes = CategoryFactory(name="Homes")
        flats = CategoryFactory(name="Apartments", parent=homes)
        self.loft = CategoryFactory(name="Loft", parent=flats)
        self.condo = CategoryFactory(name="Condo", parent=flats)
        self.villa = CategoryFactory(name="Villa", parent=CategoryFactory(name="Houses", parent=homes))
        self.middle = self.place(self.loft)

    def place(self, category: Category, *, away_km: float = 0.0, make: Any = ListingFactory, **options: Any) -> Listing:
        return make(property__category=category, property__latitude=42.35 + away_km * KILOMETRE, **options)


@pytest.fixture
def town() -> Town:
    return Town()


def slugs(found: tuple[SimilarPlace, ...]) -> list[str]:
    return [place.slug for place in found]


def dates(arrive_in: int = 30, nights: int = 3) -> dict[str, Any]:
    return {"check_in": in_days(arrive_in), "check_out": in_days(arrive_in + nights)}


class TestWhoIsCompared:
    def test_the_family_of_the_category_and_never_the_place_itself(self, town: Town) -> None:
        loft, condo = town.place(town.loft, away_km=1), town.place(town.condo, away_km=1)
        town.place(town.villa, away_km=1)
        assert slugs(similar_places(town.middle)) == [loft.slug, condo.slug]

    def test_the_whole_family_of_a_category_below_a_root(self, town: Town) -> None:
        CategoryFactory(parent=town.loft.parent.parent)
        town.middle.property.category = town.loft.parent
        town.middle.property.save()
        villa = town.place(town.villa, away_km=1)
        assert slugs(similar_places(town.middle)) == [villa.slug]

    def test_what_is_not_published_does_not_exist(self, town: Town) -> None:
        town.place(town.loft, status=Listing.Status.PAUSED)
        town.place(town.loft, property__status="draft")
        town.place(town.loft, company__is_active=False)
        town.place(town.loft, rate_plan=None)
        assert similar_places(town.middle) == ()

    def test_another_way_of_selling_is_not_alike(self, town: Town) -> None:
        town.place(town.loft, mode=Listing.Mode.SALE)
        assert similar_places(town.middle) == ()

    def test_the_far_end_of_the_country_is_not_near(self, town: Town) -> None:
        near = town.place(town.loft, away_km=49)
        town.place(town.loft, away_km=52)
        assert slugs(similar_places(town.middle)) == [near.slug]

    def test_the_date_line_is_no_border(self) -> None:
        category = CategoryFactory()
        here = ListingFactory(property__category=category, property__latitude=-16.8, property__longitude=179.99)
        there = ListingFactory(property__category=category, property__latitude=-16.8, property__longitude=-179.99)
        (found,) = similar_places(here)
        assert (found.slug, found.distance_km) == (there.slug, 2.13)

    def test_a_place_that_is_too_small_for_the_party_is_left_out(self, town: Town) -> None:
        town.place(town.loft, max_guests=2)
        large = town.place(town.loft, max_guests=6)
        assert slugs(similar_places(town.middle, party=Party(3, (5,)))) == [large.slug]

    def test_a_listing_without_a_price_is_like_none(self, town: Town) -> None:
        unpriced = town.place(town.loft, rate_plan=None)
        assert similar_places(unpriced) == ()

    def test_one_hotel_does_not_fill_the_row(self, town: Town) -> None:
        hotel = unit_type_listing(property__category=town.loft)
        for _ in range(4):
            ListingFactory(company=hotel.company, property=hotel.property, unit=UnitFactory(property=hotel.property))
        town.place(town.loft, away_km=5)
        found = similar_places(town.middle, limit=4)
        assert len(found) == MOST_OF_ONE_PROPERTY + 1


class TestOrder:
    def test_the_nearer_of_two_equals_comes_first(self, town: Town) -> None:
        far, near = town.place(town.loft, away_km=4), town.place(town.loft, away_km=1)
        found = similar_places(town.middle)
        assert slugs(found) == [near.slug, far.slug]
        assert found[0].score > found[1].score
        assert found[0].distance_km == pytest.approx(1.0, abs=0.01)

    def test_price_size_and_amenities_count(self, town: Town) -> None:
        wifi = AmenityFactory(code="wifi")
        town.middle.property.amenities.add(wifi)
        dear = town.place(town.loft, rate_plan__base_price_minor=40_000, property__amenities=[wifi])
        large = town.place(town.loft, max_guests=12, property__amenities=[wifi])
        bare = town.place(town.loft)
        same = town.place(town.loft, property__amenities=[wifi])
        found = similar_places(town.middle)
        assert slugs(found)[0] == same.slug
        assert set(slugs(found)[1:]) == {dear.slug, large.slug, bare.slug}

    def test_the_answer_is_cut_and_stable(self, town: Town) -> None:
        for _ in range(5):
            town.place(town.loft)
        assert slugs(similar_places(town.middle, limit=3)) == slugs(similar_places(town.middle, limit=5))[:3]


class TestDates:
    def test_only_what_is_free_then(self, town: Town) -> None:
        taken, free = town.place(town.loft), town.place(town.loft)
        hold(taken)
        assert slugs(similar_places(town.middle, **dates())) == [free.slug]
        assert set(slugs(similar_places(town.middle, **dates(arrive_in=33)))) == {taken.slug, free.slug}

    def test_where_all_the_nearest_are_taken_the_search_goes_on(self, town: Town) -> None:
        full = town.place(town.loft)
        ListingFactory.create_batch(MOST_COMPARED, company=full.company, property=full.property, unit=full.unit)
        hold(full)
        free = town.place(town.loft, away_km=9)
        assert slugs(similar_places(town.middle, **dates())) == [free.slug]

    def test_a_hold_that_ran_out_takes_nothing(self, town: Town) -> None:
        lapsed = town.place(town.loft)
        hold(lapsed)
        let_the_hold_lapse()
        assert slugs(similar_places(town.middle, **dates())) == [lapsed.slug]

    def test_any_unit_of_a_type_will_do_and_a_whole_house_needs_all(self, town: Town) -> None:
        rooms, house = town.place(town.loft, make=unit_type_listing), town.place(town.loft, make=whole_property_listing)
        one_room = ListingFactory(company=house.company, property=house.property, unit=house.property.units.first())
        hold(rooms), hold(one_room)
        assert slugs(similar_places(town.middle, **dates())) == [rooms.slug]
        hold(rooms)
        assert similar_places(town.middle, **dates()) == ()

    def test_a_listing_whose_rules_refuse_the_stay_is_left_out(self, town: Town) -> None:
        town.place(town.loft, min_nights=7)
        town.place(town.loft, booking_window_days=10)
        town.place(town.loft, max_guests=1)
        fitting = town.place(town.loft)
        assert slugs(similar_places(town.middle, **dates())) == [fitting.slug]

    def test_the_total_is_what_the_stay_costs_there(self, town: Town) -> None:
        other = town.place(town.loft, rate_plan__cleaning_fee_minor=5_000)
        other.rate_plan.taxes.add(TaxFactory(company=other.company))
        wish = stay(other, adults=3)
        (found,) = similar_places(town.middle, **dates(), party=wish.party)
        assert found.total == price_cart(actor=Actor.anonymous(), items=[wish]).total
        assert Nights(found.check_in, found.check_out) == wish.when

    @pytest.mark.parametrize(
        ("check_in", "check_out", "attr"),
        [(3, None, "check_out"), (None, 3, "check_in"), (3, 3, "check_out"), (3, 400, "check_out")],
    )
    def test_dates_that_make_no_stay_are_refused(
        self, town: Town, check_in: int | None, check_out: int | None, attr: str
    ) -> None:
        days = {"check_in": check_in, "check_out": check_out}
        with pytest.raises(BadInput) as refusal:
            similar_places(town.middle, **{name: in_days(ahead) for name, ahead in days.items() if ahead})
        assert refusal.value.errors[0].attr == attr

    def test_what_is_not_sold_by_the_night_has_no_dates(self, town: Town) -> None:
        with pytest.raises(BadInput) as refusal:
            similar_places(town.place(town.loft, mode=Listing.Mode.SALE), **dates())
        assert refusal.value.code == "not_a_stay"


class TestReasons:
    def test_a_reason_says_what_where_how_far_and_for_how_much(self, town: Town) -> None:
        parking, wifi = AmenityFactory(code="free_parking", name="Free parking"), AmenityFactory(code="wifi")
        town.middle.property.amenities.add(parking, wifi)
        town.place(
            town.loft,
            away_km=0.4,
            rate_plan__base_price_minor=9_200,
            property__neighbourhood="South End",
            property__amenities=[parking, wifi],
        )
        (found,) = similar_places(town.middle)
        assert found.reason == "Also a loft in South End, 0.4 km away, 8 % cheaper, free parking too"

    def test_the_rarest_of_what_both_have_is_named(self, town: Town) -> None:
        pool, washer = AmenityFactory(code="pool", name="Pool"), AmenityFactory(code="washer", name="Washer")
        town.middle.property.amenities.add(pool, washer)
        best = town.place(town.condo, property__amenities=[pool, washer])
        town.place(town.condo, away_km=1, property__amenities=[washer])
        found = {place.slug: place.reason for place in similar_places(town.middle)}
        assert found[best.slug] == "A condo in Back Bay, next door, about the same price, pool too"

    def test_another_room_of_the_same_house_says_so(self, town: Town) -> None:
        place = town.middle.property
        ListingFactory(company=place.company, property=place, unit=UnitFactory(property=place))
        (found,) = similar_places(town.middle)
        assert found.reason == "Also a loft in the same house, about the same price"

    def test_with_dates_the_whole_stay_is_compared(self, town: Town) -> None:
        town.place(town.loft, rate_plan__cleaning_fee_minor=3_000)
        assert "10 % more" in similar_places(town.middle, **dates())[0].reason
        assert "about the same price" in similar_places(town.middle)[0].reason

    def test_another_currency_is_not_compared(self, town: Town) -> None:
        town.place(town.loft, currency="EUR")
        assert similar_places(town.middle)[0].reason == "Also a loft in Back Bay, next door"


@pytest.mark.django_db(transaction=True)
class TestCost:
    @pytest.fixture(autouse=True)
    def _crowd(self, town: Town) -> None:
        for number in range(12):
            make = (ListingFactory, unit_type_listing, whole_property_listing)[number % 3]
            town.place(town.loft, away_km=number / 10, make=make, property__amenities=[AmenityFactory()])
        similar_places(town.middle)  # the tree is known

    def test_one_query_without_dates(self, town: Town, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(1):
            assert len(similar_places(town.middle, limit=12)) == 12

    def test_five_with_dates(self, town: Town, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(5):
            assert len(similar_places(town.middle, **dates(), limit=12)) == 12
