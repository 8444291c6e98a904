"""What one of the older APIs books, the others and /api/v1/ no longer offer; what is cancelled, all offer again."""

from typing import Any

import pytest
from django.test import Client

from freehold.accounts.models import User
from freehold.properties.models import Listing
from tests.compat.resort import client as resort_api
from tests.compat.stays.browser import signed_in
from tests.factories import UserFactory
from tests.support.rooms import resort, rooms_of
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
