"""Searching for rooms as the resort API's documents show it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from freehold.accounts.models import User
from tests.compat.resort.client import attempt, get, nights
from tests.factories import UserFactory
from tests.support.rooms import more_rooms, resort, rooms_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest() -> User:
    user: User = UserFactory()
    return user


def search(user: User | None, **changes: Any) -> Any:
    query = {"location": "Goa", **nights(), "guests": 2, **changes}
    return get("rooms/search/", {name: value for name, value in query.items() if value is not None}, user=user)


def test_the_answer_is_a_bare_list_of_resorts_with_their_free_rooms(guest: User) -> None:
    listing = resort(rooms=2)
    first, second = rooms_of(listing)
    answer = search(guest)
    assert answer.status_code == 200
    assert "Link" not in answer
    (picture,) = [each.picture for each in listing.property.gallery.all()]
    images = [{"image": f"/static/{picture.path.replace('.webp', '-1600.webp')}"}]
    room = {"capacity": 2, "price_per_night": "7500.00", "images": images}
    assert answer.json() == [
        {
            "resort_id": listing.property.serial,
            "resort_name": "Dandeli Vintage Resorts",
            "location": "Goa",
            "available_rooms": [
                {"id": first.serial, "room_number": "G101", **room},
                {"id": second.serial, "room_number": "G102", **room},
            ],
        }
    ]


def test_rooms_of_an_attempt_are_left_out_for_the_same_nights(guest: User) -> None:
    listing = resort()
    attempt(listing, guest)
    (found,) = search(guest).json()
    assert [room["room_number"] for room in found["available_rooms"]] == ["G102", "G103"]
    (found,) = search(guest, **nights(arrive_in=35)).json()
    assert len(found["available_rooms"]) == 3


def test_a_resort_is_listed_while_its_free_rooms_seat_all_the_guests(guest: User) -> None:
    resort(rooms=3)
    assert len(search(guest, guests=6).json()) == 1
    assert search(guest, guests=7).json() == []


def test_other_places_and_no_places_are_empty_lists(guest: User) -> None:
    resort()
    assert search(guest, location="Boston").json() == []
    assert len(search(guest, location="candolim").json()) == 1
    assert len(search(guest, location="Dandeli").json()) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"location": None}, "location"),
        ({"location": ""}, "location"),
        ({"location": ", ,"}, "location"),
        ({"check_in_date": None}, "check_in_date"),
        ({"check_in_date": "20-12-2024"}, "check_in_date"),
        ({"check_out_date": "2026-02-30"}, "check_out_date"),
        ({"check_in_date": "2024-12-20", "check_out_date": "2024-12-25"}, "check_in_date"),
        ({"check_in_date": "2099-01-05", "check_out_date": "2099-01-05"}, "check_out_date"),
        ({"guests": None}, "guests"),
        ({"guests": "0"}, "guests"),
        ({"guests": "-1"}, "guests"),
        ({"guests": "two"}, "guests"),
        ({"guests": "1001"}, "guests"),
        ({"page": "0"}, "page"),
    ],
)
def test_what_cannot_be_asked_is_told_at_its_field(guest: User, changes: Any, field: str) -> None:
    answer = search(guest, **changes)
    assert answer.status_code == 400
    assert set(answer.json()) == {field}


def test_dates_and_guests_that_overflow_are_no_fault(guest: User) -> None:
    resort()
    assert search(guest, check_in_date="2199-12-30", check_out_date="2199-12-31").json() == []
    assert search(guest, check_out_date="2199-12-31").status_code in {200, 400}


def test_many_resorts_come_in_pages_that_name_the_next_one(guest: User) -> None:
    for number in range(3):
        resort(rooms=2, title=f"Resort {number}")
    first = search(guest, page_size=2)
    assert [each["resort_name"] for each in first.json()] == ["Resort 0", "Resort 1"]
    assert "page=2" in first["Link"]
    assert 'rel="next"' in first["Link"]
    second = search(guest, page_size=2, page=2)
    assert [each["resort_name"] for each in second.json()] == ["Resort 2"]
    assert "Link" not in second
    assert search(guest, page=9).json() == []


def test_a_search_costs_the_same_queries_however_much_it_finds(guest: User, client: Client) -> None:
    """Who asks, how often they may, and five for what is found."""
    client.force_login(guest)
    query = {"location": "Goa", **nights(), "guests": "2"}

    def queries_for(resorts: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get("/api/rooms/search/", query).json()) == resorts
        return len(queries)

    resort(rooms=2, title="First")
    queries_for(1)
    few = queries_for(1)
    assert few <= 12
    for number in range(4):
        more_rooms(resort(rooms=4, title=f"Resort {number}").property, rooms=4, first=201, name="Pool")
    assert queries_for(5) == few


def test_a_search_is_for_whoever_is_signed_in() -> None:
    answer = search(None)
    assert (answer.status_code, set(answer.json())) == (401, {"detail"})
