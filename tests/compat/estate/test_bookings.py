"""Slots at any instant, and a place altogether until it is cancelled: each keeps the other out."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.core import clock
from freehold.domain.periods import FOREVER
from freehold.properties.models import Listing, Property
from tests.compat.estate.conftest import Call, a_place
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import hold, money_comes, open_attempt
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db

FIELDS = {"id", "user", "property", "start_at", "end_at", "total_amount", "status", "created_at", "updated_at"}
TAKEN = {"non_field_errors": ["Property is not available for booking."]}


@pytest.fixture(autouse=True)
def promises_hold() -> object:
    yield
    assert broken_promises() == []


def at(hours: float) -> datetime:
    """So long from now, to the microsecond."""
    return clock.now() + timedelta(days=2, hours=hours, microseconds=31)


def slot(place: Property, start: float = 0, end: float = 2) -> dict[str, Any]:
    return {"property_id": place.serial, "start_at": at(start).isoformat(), "end_at": at(end).isoformat()}


def pay(booking: dict[str, Any]) -> None:
    money_comes(open_attempt(Booking.objects.system("test").get(serial=booking["id"])))


class TestSlots:
    def test_a_slot_is_held_as_documented(self, call: Call, place: Property, jack: User) -> None:
        body = slot(place)
        answer = call("bookings/create/", body, as_=jack)
        assert answer.status_code == 201, answer.text
        found = answer.json()
        assert set(found) >= FIELDS
        assert (found["user"], found["property"], found["property_slug"]) == (jack.serial, place.serial, place.slug)
        assert found["status"] == "PENDING"
        assert (found["total_amount"], found["currency"]) == ("2000.00", "BDT")
        assert datetime.fromisoformat(found["start_at"]) == datetime.fromisoformat(body["start_at"])
        assert datetime.fromisoformat(found["end_at"]) == datetime.fromisoformat(body["end_at"])
        assert found["start_at"].endswith("Z")

    def test_overlapping_slots_are_refused_and_touching_ones_are_not(
        self, call: Call, place: Property, jack: User
    ) -> None:
        first = slot(place)
        assert call("bookings/create/", first, as_=jack).status_code == 201
        for start, end in ((1, 3), (-1, 1), (0.5, 1), (-1, 4)):
            answer = call("bookings/create/", slot(place, start, end), as_=UserFactory())
            assert (answer.status_code, answer.json()) == (400, TAKEN)
        after = {"start_at": first["end_at"], "end_at": at(5).isoformat()}
        assert call("bookings/create/", {**first, **after}, as_=UserFactory()).status_code == 201

    def test_a_paid_slot_blocks_as_well_and_a_cancelled_one_does_not(
        self, call: Call, place: Property, jack: User
    ) -> None:
        body = slot(place)
        mine = call("bookings/create/", body, as_=jack).json()
        pay(mine)
        assert call(f"bookings/{mine['id']}/", as_=jack).json()["status"] == "PAID"
        assert call("bookings/create/", body, as_=UserFactory()).json() == TAKEN
        later = {**body, "start_at": at(3).isoformat(), "end_at": at(4).isoformat()}
        other = call("bookings/create/", later, as_=jack).json()
        assert call(f"bookings/{other['id']}/cancel/", {}, as_=jack).json()["status"] == "CANCELED"
        assert call("bookings/create/", later, as_=UserFactory()).status_code == 201

    def test_a_moment_without_an_offset_is_utc(self, call: Call, place: Property, jack: User) -> None:
        start = at(0).replace(tzinfo=None, microsecond=0)
        body = {"property_id": str(place.serial), "start_at": start.isoformat()[:16], "end_at": at(2).isoformat()}
        answer = call("bookings/create", body, as_=jack)
        assert answer.status_code == 201, answer.text
        assert answer.json()["start_at"] == f"{start.isoformat()[:16]}:00Z"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"start_at": None}, "start_at"),
            ({"end_at": None}, "end_at"),
            ({"start_at": "tomorrow"}, "start_at"),
            ({"start_at": 7}, "start_at"),
            ({"start_at": "0001-01-01T00:00:00+14:00"}, "start_at"),
            ({"end_at": "9999-12-31T23:59:59Z"}, "end_at"),
            ({"end_at": "2020-01-01T00:00:00Z"}, "end_at"),
            ({"property_id": None}, "property_id"),
            ({"property_id": "x"}, "property_id"),
            ({"property_id": -1}, "property_id"),
            ({"property_id": 999_999_999}, "property_id"),
            ({"property_id": 10**30}, "property_id"),
        ],
    )
    def test_bad_input_is_400_and_names_the_field(
        self, call: Call, place: Property, jack: User, changes: dict[str, Any], field: str
    ) -> None:
        answer = call("bookings/create/", {**slot(place), **changes}, as_=jack)
        assert (answer.status_code, list(answer.json())) == (400, [field])
        assert not Booking.objects.system("test").exists()

    def test_the_past_is_refused(self, call: Call, place: Property, jack: User) -> None:
        answer = call("bookings/create/", slot(place, -72, -70), as_=jack)
        assert (answer.status_code, answer.json()) == (400, {"non_field_errors": ["This time has passed."]})


class TestAltogether:
    def test_the_property_alone_is_exclusive_until_cancelled(self, call: Call, place: Property, jack: User) -> None:
        answer = call("bookings/create/", {"property_id": place.serial}, as_=jack)
        assert answer.status_code == 201, answer.text
        mine = answer.json()
        assert (mine["end_at"], mine["total_amount"], mine["status"]) == (None, "25000.00", "PENDING")
        assert Booking.objects.system("test").get().ends_at == FOREVER
        for body in ({"property_id": place.serial}, slot(place), slot(place, 10_000, 10_001)):
            assert call("bookings/create/", body, as_=UserFactory()).status_code == 400
        assert call(f"bookings/{mine['id']}/cancel/", {}, as_=jack).status_code == 200
        assert call("bookings/create/", slot(place), as_=UserFactory()).status_code == 201

    def test_a_slot_to_come_keeps_the_exclusive_out(self, call: Call, place: Property, jack: User) -> None:
        assert call("bookings/create/", slot(place), as_=jack).status_code == 201
        answer = call("bookings/create/", {"property_id": place.serial}, as_=UserFactory())
        assert (answer.status_code, answer.json()) == (400, TAKEN)

    def test_paying_makes_it_paid(self, call: Call, place: Property, jack: User) -> None:
        mine = call(
            "bookings/create/", {"property_id": place.serial, "start_at": None, "end_at": None}, as_=jack
        ).json()
        pay(mine)
        assert call(f"bookings/{mine['id']}/", as_=jack).json()["status"] == "PAID"

    @pytest.mark.parametrize("slots", [True, False])
    def test_what_a_place_is_not_booked_by_is_said(self, call: Call, jack: User, slots: bool) -> None:
        place = a_place(slots=slots, altogether=not slots)
        body = {"property_id": place.serial} if slots else slot(place)
        answer = call("bookings/create/", body, as_=jack)
        assert (answer.status_code, list(answer.json())) == (400, ["start_at"])

    def test_what_is_paused_is_not_active_and_what_is_a_draft_does_not_exist(
        self, call: Call, place: Property, jack: User
    ) -> None:
        Listing.objects.system("test").update(status=Listing.Status.PAUSED)
        answer = call("bookings/create/", {"property_id": place.serial}, as_=jack)
        assert (answer.status_code, answer.json()) == (400, {"property_id": ["Property is not active."]})
        Property.objects.system("test").update(status=Property.Status.DRAFT)
        answer = call("bookings/create/", {"property_id": place.serial}, as_=jack)
        assert (answer.status_code, answer.json()) == (400, {"property_id": ["Property does not exist."]})


class TestOwn:
    def test_the_list_is_newest_first_and_nobody_elses(self, call: Call, place: Property, jack: User) -> None:
        first = call("bookings/create/", slot(place), as_=jack).json()
        clock.move(timedelta(seconds=5))
        second = call("bookings/create/", slot(place, 4, 5), as_=jack).json()
        call("bookings/create/", slot(place, 6, 7), as_=UserFactory())
        page = call("bookings/", as_=jack).json()
        assert (page["count"], page["next"], page["previous"]) == (2, None, None)
        assert [each["id"] for each in page["results"]] == [second["id"], first["id"]]
        assert page["results"][1] == first

    def test_somebody_elses_booking_is_not_there(self, call: Call, place: Property, jack: User) -> None:
        mine = call("bookings/create/", slot(place), as_=jack).json()
        stranger = UserFactory()
        assert call(f"bookings/{mine['id']}/", as_=jack).json() == mine
        for number in (mine["id"], 999_999_999, 10**30):
            assert call(f"bookings/{number}/", as_=stranger).status_code == 404
            assert call(f"bookings/{number}/cancel/", {}, as_=stranger).status_code == 404
        assert call(f"bookings/{mine['id']}/", as_=jack).json()["status"] == "PENDING"

    def test_a_paid_booking_is_not_cancelled_here(self, call: Call, place: Property, jack: User) -> None:
        mine = call("bookings/create/", slot(place), as_=jack).json()
        pay(mine)
        answer = call(f"bookings/{mine['id']}/cancel/", {}, as_=jack)
        assert (answer.status_code, list(answer.json())) == (400, ["non_field_errors"])
        assert call(f"bookings/{mine['id']}/", as_=jack).json()["status"] == "PAID"

    def test_cancelling_twice_changes_nothing_more(self, call: Call, place: Property, jack: User) -> None:
        mine = call("bookings/create/", slot(place), as_=jack).json()
        answers = [call(f"bookings/{mine['id']}/cancel/", {}, as_=jack) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()

    def test_a_hold_that_ran_out_is_canceled(self, call: Call, place: Property, jack: User) -> None:
        mine = call("bookings/create/", slot(place), as_=jack).json()
        clock.move(timedelta(minutes=16))
        assert call(f"bookings/{mine['id']}/", as_=jack).json()["status"] == "CANCELED"
        assert call(f"bookings/{mine['id']}/cancel/", {}, as_=jack).status_code == 200

    def test_what_was_booked_elsewhere_is_in_the_list_too(self, call: Call, jack: User) -> None:
        nights = hold(ListingFactory(), booker=jack)
        (found,) = call("bookings/", as_=jack).json()["results"]
        assert (found["id"], found["status"], found["end_at"] is not None) == (nights.serial, "PENDING", True)

    def test_the_same_key_books_once(self, call: Call, place: Property, jack: User) -> None:
        body, key = slot(place), {"Idempotency-Key": "once"}
        answers = [call("bookings/create/", body, as_=jack, **key) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        assert Booking.objects.system("test").count() == 1
