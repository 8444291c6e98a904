"""One room that all three older APIs offer: by the slot, altogether, by the night, and by the number on its door."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client

from freehold.accounts.models import User
from freehold.properties.models import Listing, Property, Unit
from tests.factories import ListingFactory, PropertyFactory, UnitFactory, UserFactory
from tests.support.slots import exclusive_listing, instant_at, slot_listing
from tests.support.stays import in_days

CITY = "Goa"
AHEAD = 30
NIGHTS = 3


@dataclass(frozen=True)
class OnePlace:
    place: Property
    unit: Unit
    stay: Listing
    slot: Listing
    altogether: Listing

    @property
    def dates(self) -> tuple[str, str]:
        return str(in_days(AHEAD)), str(in_days(AHEAD + NIGHTS))

    # What somebody sends who wants it. Each returns the answer.

    def book_slot(self, caller: "Caller") -> Any:
        """An hour within the nights, when the guests are in the room."""
        start = instant_at(self.slot, "10:00", ahead=AHEAD + 1)
        times = {"start_at": start.isoformat(), "end_at": (start + timedelta(hours=1)).isoformat()}
        return caller.post("/api/bookings/create/", {"property_id": self.place.serial, **times})

    def book_altogether(self, caller: "Caller") -> Any:
        return caller.post("/api/bookings/create/", {"property_id": self.place.serial})

    def book_nights(self, caller: "Caller") -> Any:
        arrive, leave = self.dates
        wanted = {"listing": self.stay.serial, "check_in": arrive, "check_out": leave, "guests": 2}
        return caller.post("/api/stay/bookings/", wanted)

    def select_room(self, caller: "Caller") -> Any:
        arrive, leave = self.dates
        wanted = {
            "resort_id": self.place.serial,
            "room_ids": [self.unit.serial],
            "check_in_date": arrive,
            "check_out_date": leave,
            "guests": 2,
        }
        return caller.post("/api/booking/select-rooms/", wanted)

    # What the lists say to somebody else.

    def is_available_in_estate(self, caller: "Caller") -> bool:
        [found] = [each for each in caller.results("/api/properties/") if each["id"] == self.place.serial]
        return bool(found["is_available"])

    def is_listed_for_nights(self, caller: "Caller") -> bool:
        arrive, leave = self.dates
        found = caller.results("/api/stay/listings/", check_in=arrive, check_out=leave)
        return self.stay.serial in {each["id"] for each in found}

    def is_found_by_the_resort(self, caller: "Caller") -> bool:
        arrive, leave = self.dates
        found = caller.results(
            "/api/rooms/search/", location=CITY, check_in_date=arrive, check_out_date=leave, guests="2"
        )
        return self.unit.serial in {room["id"] for resort in found for room in resort["available_rooms"]}


class Caller:
    """Somebody who is signed in, with a client of their own."""

    def __init__(self) -> None:
        self.user: User = UserFactory()
        self._client = Client()
        self._client.force_login(self.user)

    def post(self, path: str, body: Any) -> Any:
        return self._client.post(path, json.dumps(body), content_type="application/json")

    def results(self, path: str, **query: str) -> list[Any]:
        answer = self._client.get(path, query)
        assert answer.status_code == 200, answer.content
        found = answer.json()
        rows: list[Any] = found["results"] if isinstance(found, dict) else found
        return rows


WAYS: dict[str, Callable[[OnePlace, Caller], Any]] = {
    "estate: a slot": OnePlace.book_slot,
    "estate: altogether": OnePlace.book_altogether,
    "stays: nights": OnePlace.book_nights,
    "resort: a room": OnePlace.select_room,
}


def one_place() -> OnePlace:
    place: Property = PropertyFactory(city=CITY, country="IN", time_zone="Asia/Kolkata")
    unit: Unit = UnitFactory(property=place, name="A101")
    same = {"company": place.company, "property": place, "unit": unit, "currency": "INR"}
    rules = {"opening_hours": [[["00:00", "24:00"]]] * 7, "grid_minutes": 0, "min_minutes": 1, "max_minutes": 1440}
    # Rooms by number are of places that have several.
    ListingFactory(**{**same, "unit": UnitFactory(property=place, name="A102")})
    return OnePlace(
        place=place,
        unit=unit,
        stay=ListingFactory(**same),
        slot=slot_listing(**same, rules=rules),
        altogether=exclusive_listing(**same),
    )
