"""What one of the older APIs books, the others and /api/v1/ no longer offer; what is cancelled, all offer again."""

from typing import Any

import pytest
from django.test import Client

from freehold.accounts.models import User
from freehold.properties.models import Listing
from tests.compat.resort import client as resort_api
from tests.compat.stays.browser import signed_in
from tests.factories import ListingFactory, UserFactory
from tests.support.rooms import resort, rooms_of
from tests.support.slots import exclusive_listing, slot_listing
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db

DAYS = (30, 35)


@pytest.fixture
def guest() -> User:
    user: User = UserFactory()
    return user


@pytest.fixture
def place() -> Listing:
    """A resort's rooms, which are let by the night as any of their type."""
    return resort()


def dates() -> dict[str, str]:
    return {"check_in": str(in_days(DAYS[0])), "check_out": str(in_days(DAYS[1]))}


def offered_by_stays(listing: Listing) -> bool:
    found = Client().get("/api/stay/listings/", dates()).json()["results"]
    return listing.serial in {row["id"] for row in found}


def offered_by_v1(listing: Listing) -> bool:
    found = Client().get("/api/v1/search/", {**dates(), "currency": listing.currency}).json()["results"]
    return str(listing.pk) in {row["listing_id"] for row in found}


def rooms_of_resort_api(listing: Listing) -> int:
    query = {"location": listing.property.city, **resort_api.nights(), "guests": 1}
    found = resort_api.get("rooms/search/", query, user=UserFactory()).json()
    return sum(len(row["available_rooms"]) for row in found if row["resort_id"] == listing.property.serial)


def test_rooms_of_the_resort_api_are_gone_from_the_others(place: Listing, guest: User) -> None:
    assert offered_by_stays(place)
    assert offered_by_v1(place)
    rooms = rooms_of(place)
    attempt = resort_api.attempt(place, guest, *rooms, guests=len(rooms))
    assert attempt
    assert rooms_of_resort_api(place) == 0
    assert not offered_by_stays(place)
    assert not offered_by_v1(place)


def test_a_booking_of_the_stays_api_takes_a_room_from_the_resort_api_and_gives_it_back(
    place: Listing, guest: User
) -> None:
    browser = signed_in(guest)
    rooms = len(rooms_of(place))
    assert rooms_of_resort_api(place) == rooms
    booked: list[dict[str, Any]] = []
    for taken in range(1, rooms + 1):
        answer = browser.send("post", "stay/bookings/", {"listing": place.serial, **dates(), "guests": 1})
        assert answer.status_code == 201, answer.content
        booked.append(answer.json())
        assert rooms_of_resort_api(place) == rooms - taken
    full = browser.send("post", "stay/bookings/", {"listing": place.serial, **dates(), "guests": 1})
    assert full.status_code == 409
    assert not offered_by_stays(place)
    assert not offered_by_v1(place)
    assert browser.send("delete", f"stay/bookings/{booked[0]['id']}/").status_code == 204
    assert rooms_of_resort_api(place) == 1
    assert offered_by_stays(place)
    assert offered_by_v1(place)


# --- with the estate API: one house, by the night, by the slot and altogether ---


@pytest.fixture
def house() -> Listing:
    """It is let by the night, paid there; the same unit is given by the slot and altogether."""
    listing: Listing = ListingFactory(payment_terms="at_property")
    same = {"company": listing.company, "property": listing.property, "unit": listing.unit}
    slot_listing(**same)
    exclusive_listing(**same)
    return listing


def estate_booking(guest: User, listing: Listing, **times: str) -> Any:
    client = Client()
    client.force_login(guest)
    body = {"property_id": listing.property.serial, **times}
    return client.post("/api/bookings/create/", body, content_type="application/json")


def a_slot_at(day: int) -> dict[str, str]:
    """At noon at the place, which is in no doubt about the day."""
    return {"start_at": f"{in_days(day)}T17:00:00Z", "end_at": f"{in_days(day)}T18:00:00Z"}


def test_a_slot_and_the_whole_of_the_estate_api_close_the_nights_of_the_stays_api(house: Listing, guest: User) -> None:
    assert offered_by_stays(house)
    slot = estate_booking(guest, house, **a_slot_at(DAYS[0] + 1))
    assert slot.status_code == 201, slot.content
    assert not offered_by_stays(house)
    assert not offered_by_v1(house)
    client = Client()
    client.force_login(guest)
    assert client.post(f"/api/bookings/{slot.json()['id']}/cancel/").status_code == 200
    assert offered_by_stays(house)
    whole = estate_booking(guest, house)
    assert whole.status_code == 201, whole.content
    assert not offered_by_stays(house)


def test_nights_of_the_stays_api_close_the_slots_and_the_whole_of_the_estate_api(house: Listing, guest: User) -> None:
    browser = signed_in(UserFactory())
    booked = browser.send("post", "stay/bookings/", {"listing": house.serial, **dates(), "guests": 1})
    assert (booked.status_code, booked.json()["status"]) == (201, "confirmed")
    for times in (a_slot_at(DAYS[0] + 1), {}):
        refused = estate_booking(guest, house, **times)
        assert refused.status_code == 400, refused.content
    assert estate_booking(guest, house, **a_slot_at(DAYS[1] + 1)).status_code == 201
