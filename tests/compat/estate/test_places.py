"""Categories, the list of places with its filters, one place, and what is recommended."""

import re
from datetime import timedelta
from typing import Any

import pytest

from freehold.accounts.models import User
from freehold.companies.models import Company
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.domain.periods import FOREVER, Period
from freehold.inventory.models import Claim, Purpose
from freehold.inventory.services.claim_units import claim_units
from freehold.properties.models import Category, Listing, Property
from tests.compat.estate.conftest import Call, a_place, listing_of
from tests.factories import CategoryFactory, ListingFactory, PictureFactory

pytestmark = pytest.mark.django_db

FIELDS = {
    *("id", "title", "slug", "description", "location", "price", "bedrooms", "bathrooms", "category", "amenities"),
    *("status", "is_available", "image", "image_url", "created_at", "updated_at"),
}


def shown(call: Call, path: str = "properties/") -> list[str]:
    """The slugs of a list, sorted."""
    answer = call(path)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return sorted(each["slug"] for each in (found["results"] if isinstance(found, dict) else found))


class TestCategories:
    def test_all_of_them_each_below_its_parent(self, call: Call) -> None:
        homes = CategoryFactory(name="Homes", slug="homes")
        villas = CategoryFactory(name="Villas", slug="villas", parent=homes)
        found = {each["slug"]: each for each in call("categories/").json()}
        assert found["homes"] == {"id": homes.serial, "name": "Homes", "slug": "homes", "parent": None}
        assert found["villas"]["parent"] == found["homes"]["id"]
        assert found["villas"]["id"] == villas.serial

    def test_they_cost_one_query(self, call: Call, django_assert_num_queries: Any) -> None:
        CategoryFactory.create_batch(4, parent=CategoryFactory())
        call("categories/")
        with django_assert_num_queries(2):  # and the counter of the limit
            assert len(call("categories/").json()) == 5


class TestList:
    def test_a_place_has_every_documented_field(self, call: Call, place: Property) -> None:
        page = call("properties/").json()
        assert (page["count"], page["next"], page["previous"]) == (1, None, None)
        (found,) = page["results"]
        assert set(found) >= FIELDS
        assert found["id"] == place.serial
        assert (found["title"], found["slug"], found["description"]) == ("Lakeside villa", "lakeside-villa", "A lake.")
        assert found["location"] == "Gulshan, Dhaka"
        assert (found["price"], found["currency"]) == ("25000.00", "BDT")
        assert (found["bedrooms"], found["bathrooms"]) == (2, 1)
        assert found["category"] == place.category.serial
        assert found["amenities"] == ["Parking", "Swimming pool"]
        assert (found["status"], found["is_available"]) == ("ACTIVE", True)
        assert (found["image"], found["image_url"]) == (None, None)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", found["created_at"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", found["updated_at"])

    def test_a_picture_has_an_absolute_address(self, call: Call, padma: Company) -> None:
        a_place(padma, pictures=[PictureFactory()])
        (found,) = call("properties/").json()["results"]
        assert found["image_url"] == found["image"]
        assert re.match(r"http://testserver/.+\.webp$", found["image_url"])

    def test_the_price_is_the_slots_where_a_place_has_no_other(self, call: Call) -> None:
        a_place(altogether=False)
        assert call("properties/").json()["results"][0]["price"] == "1000.00"

    def test_what_is_booked_by_the_night_is_in_other_lists(self, call: Call, place: Property) -> None:
        ListingFactory()
        assert shown(call) == ["lakeside-villa"]

    def test_drafts_are_nobodys_to_see(self, call: Call, place: Property) -> None:
        Property.objects.system("test").update(status=Property.Status.DRAFT)
        assert shown(call) == []
        assert call("properties/lakeside-villa/").status_code == 404

    def test_by_category_and_status(self, call: Call, place: Property, padma: Company) -> None:
        other = a_place(padma, slug="other")
        Listing.objects.system("test").filter(property=other).update(status=Listing.Status.PAUSED)
        assert shown(call, "properties/?status=ACTIVE") == ["lakeside-villa"]
        assert shown(call, "properties/?status=INACTIVE") == ["other"]
        assert shown(call, f"properties/?category={place.category.serial}") == ["lakeside-villa"]
        assert shown(call, f"properties/?category={place.category.serial}&status=INACTIVE") == []
        assert shown(call, "properties/?category=&status=&unknown=1") == ["lakeside-villa", "other"]

    @pytest.mark.parametrize("query", ["category=x", "category=99999999999999999999", "category=0", "status=SOLD"])
    def test_filters_that_are_no_choice_are_400_and_name_the_field(self, call: Call, query: str) -> None:
        answer = call(f"properties/?{query}")
        assert answer.status_code == 400
        assert answer.json()[query.partition("=")[0]][0].startswith("Select a valid choice.")

    def test_it_is_paginated(self, call: Call, padma: Company) -> None:
        for number in range(3):
            a_place(padma, slug=f"place-{number}")
        first = call("properties/?page_size=2").json()
        assert (first["count"], len(first["results"]), first["previous"]) == (3, 2, None)
        assert first["next"] == "http://testserver/api/properties/?page=2&page_size=2"
        last = call(first["next"].removeprefix("http://testserver")).json()
        assert (len(last["results"]), last["next"]) == (1, None)
        assert call("properties/?page=9").status_code == 404
        for bad in ("page=x", "page=%00", "page=99999999999999999999999"):
            assert call(f"properties/?{bad}").status_code == 404
        assert call("properties/?page_size=x").status_code == 400

    def test_it_costs_the_same_however_many_there_are(
        self, call: Call, padma: Company, django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(5):
            a_place(padma, pictures=[PictureFactory()])
        with django_assert_max_num_queries(8):
            assert len(call("properties/").json()["results"]) == 5


class TestOne:
    def test_by_its_slug(self, call: Call, place: Property) -> None:
        found = call("properties/lakeside-villa/").json()
        assert set(found) >= FIELDS
        assert found["id"] == place.serial
        assert call("properties/lakeside-villa").json() == found, "without the final slash"

    def test_an_unknown_one_is_not_there(self, call: Call) -> None:
        answer = call("properties/nowhere/")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


class TestAvailability:
    def is_available(self, call: Call, place: Property) -> bool:
        return bool(call(f"properties/{place.slug}/").json()["is_available"])

    def test_not_while_somebody_has_it_altogether(self, call: Call, place: Property, jack: User) -> None:
        answer = call("bookings/create/", {"property_id": place.serial}, as_=jack)
        assert answer.status_code == 201, answer.text
        assert not self.is_available(call, place)
        assert call(f"bookings/{answer.json()['id']}/cancel/", {}, as_=jack).status_code == 200
        assert self.is_available(call, place)

    def test_again_when_a_hold_ran_out(self, call: Call, place: Property, jack: User) -> None:
        call("bookings/create/", {"property_id": place.serial}, as_=jack)
        clock.move(timedelta(minutes=16))
        assert self.is_available(call, place)

    @pytest.mark.parametrize(
        ("purpose", "is_free"), [("lease", False), ("sale", False), ("block", True), ("external", True)]
    )
    def test_not_under_a_lease_or_a_sale(self, call: Call, place: Property, purpose: str, is_free: bool) -> None:
        unit = listing_of(place, "exclusive").unit
        now = clock.now()
        period = Period(now + timedelta(days=1), FOREVER if purpose == "sale" else now + timedelta(days=300))
        claim_units(
            actor=Actor.system("test"),
            company_id=place.company_id,
            unit_ids=[unit.pk],
            period=period,
            purpose=Purpose(purpose),
        )
        assert Claim.objects.system("test").get().purpose == purpose
        assert self.is_available(call, place) is is_free

    def test_a_slot_leaves_it_available(self, call: Call, place: Property, jack: User) -> None:
        start = (clock.now() + timedelta(days=3)).replace(microsecond=0)
        body = {"property_id": place.serial, "start_at": start.isoformat()}
        end = (start + timedelta(hours=2)).isoformat()
        assert (answer := call("bookings/create/", {**body, "end_at": end}, as_=jack)).status_code == 201, answer.text
        assert self.is_available(call, place)


class TestRecommended:
    @pytest.fixture
    def tree(self) -> dict[str, Category]:
        homes = CategoryFactory(slug="homes")
        villas = CategoryFactory(slug="villas", parent=homes)
        return {"homes": homes, "villas": villas, "lofts": CategoryFactory(slug="lofts", parent=homes)} | {
            "pools": CategoryFactory(slug="pools", parent=villas),
            "land": CategoryFactory(slug="land"),
        }

    def test_all_below_the_category_that_can_be_had(self, call: Call, tree: dict[str, Category], jack: User) -> None:
        places = {name: a_place(slug=f"in-{name}", category=category) for name, category in tree.items()}
        path = f"properties/recommended/?category_id={tree['homes'].serial}"
        assert shown(call, path) == ["in-homes", "in-lofts", "in-pools", "in-villas"]
        call("bookings/create/", {"property_id": places["lofts"].serial}, as_=jack)
        Listing.objects.system("test").filter(property=places["pools"]).update(status=Listing.Status.PAUSED)
        assert shown(call, path) == ["in-homes", "in-villas"]
        assert shown(call, f"properties/recommended/?category_id={tree['land'].serial}") == ["in-land"]

    @pytest.mark.parametrize(
        "query", ["", "?category_id=", "?category_id=x", "?category_id=1.5", "?category_id=\u0661"]
    )
    def test_a_missing_or_wrong_number_is_400(self, call: Call, query: str) -> None:
        answer = call(f"properties/recommended/{query}")
        words = "query parameter is required." if not query else "must be an integer."
        assert (answer.status_code, answer.json()) == (400, [f"category_id {words}"])

    @pytest.mark.parametrize("number", ["0", "-1", "999999999", "999999999999999999"])
    def test_an_unknown_number_has_none(self, call: Call, number: str) -> None:
        answer = call(f"properties/recommended/?category_id={number}")
        assert (answer.status_code, answer.json()) == (200, [])

    def test_like_one_place_its_own_kind_first_without_itself(self, call: Call, tree: dict[str, Category]) -> None:
        for name, category in tree.items():
            a_place(slug=f"in-{name}", category=category)
        found = [each["slug"] for each in call("properties/in-villas/recommendations/").json()]
        assert found[0] == "in-pools"
        assert sorted(found) == ["in-homes", "in-lofts", "in-pools"]
        assert call("properties/nowhere/recommendations/").status_code == 404

    def test_the_best_rated_come_first(self, call: Call, tree: dict[str, Category]) -> None:
        for slug, rating in (("good", "4.10"), ("best", "4.90"), ("new", None)):
            a_place(slug=slug, category=tree["land"], rating=rating, review_count=3)
        found = call(f"properties/recommended/?category_id={tree['land'].serial}").json()
        assert [each["slug"] for each in found] == ["best", "good", "new"]

    def test_it_costs_the_same_however_many_there_are(
        self, call: Call, tree: dict[str, Category], django_assert_max_num_queries: Any
    ) -> None:
        for _ in range(5):
            a_place(category=tree["land"])
        with django_assert_max_num_queries(10):
            assert len(call(f"properties/recommended/?category_id={tree['land'].serial}").json()) == 5
