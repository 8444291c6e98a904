"""The rooms of a place, and where a booked one is, as a client meets them."""

from typing import Any

import pytest
from django.test import Client

from freehold.domain.party import Party
from freehold.inventory.rooms import missing_together, published_rooms, rooms_for_nights
from freehold.properties.models import Listing, Unit
from tests.factories import (
    ListingFactory,
    MembershipFactory,
    PropertyFactory,
    UnitFactory,
    UnitTypeFactory,
    unit_type_listing,
)
from tests.support.booked import hold
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db


def nights() -> dict[str, Any]:
    return {"check_in": in_days(30), "check_out": in_days(33)}


class Resort:
    """Two doubles of a type, and a suite made of them."""

    def __init__(self) -> None:
        self.place = PropertyFactory()
        kind = UnitTypeFactory(property=self.place, name="Double", max_guests=2)
        self.rooms = [UnitFactory(property=self.place, unit_type=kind, max_guests=2) for _ in range(2)]
        suite = UnitFactory(property=self.place, name="Suite", parts=self.rooms, max_guests=5)
        company = {"company": self.place.company, "property": self.place}
        self.doubles: Listing = ListingFactory(**company, unit=None, unit_type=kind, max_guests=2)
        self.suite: Listing = ListingFactory(**company, unit=suite, max_guests=5)

    def ask(self, client: Client, **parameters: Any) -> Any:
        return client.get(f"/api/v1/properties/{self.place.slug}/rooms/", {**nights(), **parameters})


@pytest.fixture
def resort() -> Resort:
    return Resort()


def test_rooms_from_small_to_large_with_price_and_how_many_are_left(client: Client, resort: Resort) -> None:
    answer = resort.ask(client, guests="3").json()
    assert answer["property"]["slug"] == resort.place.slug
    assert [(room["name"], room["sells"], room["left"], room["guests"]) for room in answer["rooms"]] == [
        ("Double", "unit_type", 2, 2),
        ("Suite", "unit", 1, 3),
    ]
    assert answer["rooms"][0]["total"] == {"amount": "300.00", "currency": "USD"}


def test_a_booked_part_closes_its_whole_and_the_other_way_round(client: Client, resort: Resort) -> None:
    hold(resort.doubles)
    doubles, suite = resort.ask(client).json()["rooms"]
    assert (doubles["left"], doubles["is_available"]) == (1, True)
    assert (suite["left"], suite["is_available"], suite["reasons"][0]["code"]) == (0, False, "all_taken")
    other = Resort()
    hold(other.suite)
    assert [room["left"] for room in other.ask(client).json()["rooms"]] == [0, 0]


def test_a_composite_with_a_part_out_of_use_is_not_left(client: Client, resort: Resort) -> None:
    Unit.objects.system("test").filter(pk=resort.rooms[0].pk).update(is_active=False)
    assert [room["left"] for room in resort.ask(client).json()["rooms"]] == [1, 0]


def test_what_its_rules_refuse_says_why_and_has_no_price(client: Client, resort: Resort) -> None:
    Listing.objects.system("test").filter(pk=resort.suite.pk).update(min_nights=5)
    suite = resort.ask(client).json()["rooms"][1]
    assert (suite["is_available"], suite["total"], suite["reasons"][0]["code"]) == (False, None, "min_nights")


def test_what_is_chosen_together_must_fit_together(resort: Resort) -> None:
    _place, plans = published_rooms(slug=resort.place.slug)
    rooms = rooms_for_nights(plans=plans, check_in=in_days(30), check_out=in_days(33), party=Party(2))
    assert missing_together(rooms, {resort.doubles.pk: 2}) == {}
    assert missing_together(rooms, {resort.doubles.pk: 3}) == {resort.doubles.pk: 1}
    assert missing_together(rooms, {resort.doubles.pk: 1, resort.suite.pk: 1}) == {resort.doubles.pk: 1}


@pytest.mark.parametrize(
    ("parameters", "attr"),
    [
        ({"check_out": "2020-01-01"}, "check_out"),
        ({"check_out": "2199-01-01"}, "check_out"),
        ({"guests": "0"}, "guests"),
        ({"guests": "two"}, "guests"),
        ({"check_in": "soon"}, "check_in"),
    ],
)
def test_nonsense_names_its_field(client: Client, resort: Resort, parameters: dict[str, Any], attr: str) -> None:
    response = resort.ask(client, **parameters)
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == attr


def test_a_place_that_is_not_there(client: Client) -> None:
    assert client.get("/api/v1/properties/nowhere/rooms/", nights()).status_code == 404


def test_many_rooms_cost_no_more_queries_than_few(
    client: Client, resort: Resort, django_assert_max_num_queries: Any
) -> None:
    for _ in range(8):
        unit_type_listing(company=resort.place.company, property=resort.place, units=3)
    with django_assert_max_num_queries(10):
        assert len(resort.ask(client).json()["rooms"]) == 10


def test_staff_see_units_and_move_an_item(client: Client) -> None:
    listing = unit_type_listing(units=3)
    booking = hold(listing)
    hold(listing)
    client.force_login(MembershipFactory(company=listing.company, role="host").user)
    address = f"/api/v1/host/bookings/{booking.pk}/items/0/units/"
    before = client.get(address).json()
    (assigned,) = before["assigned"]
    (free,) = [unit for unit in before["units"] if unit["is_free"]]
    after = client.post(address, {"unit_id": free["id"]}, content_type="application/json")
    assert after.status_code == 200
    assert [unit["id"] for unit in after.json()["assigned"]] == [free["id"]]
    (taken,) = {unit["id"] for unit in before["units"]} - {assigned["id"], free["id"]}
    refused = client.post(address, {"unit_id": taken}, content_type="application/json")
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["reasons"][0]["code"] == "held"
    assert client.get(address.replace("items/0", "items/7")).status_code == 404
