"""Choosing rooms and naming guests as the resort API's documents show it."""

from typing import Any

import pytest

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.inventory.models import Allocation
from freehold.properties.models import Listing, Unit
from tests.compat.resort.client import attempt, client_of, post, selection
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import hold
from tests.support.duel import duel
from tests.support.promises import broken_promises
from tests.support.rooms import resort, rooms_of, units_taken
from tests.support.stays import let_the_hold_lapse

pytestmark = pytest.mark.django_db
LARGEST = 2**63 - 1


@pytest.fixture
def guest() -> User:
    user: User = UserFactory()
    return user


@pytest.fixture
def place() -> Listing:
    return resort()


def select(user: User | None, body: Any) -> Any:
    return post("booking/select-rooms/", body, user=user)


def add_guests(user: User | None, attempt_id: Any, *people: Any) -> Any:
    guests = [{"room_id": room.serial, "name": name, "age": age} for room, name, age in people]
    return post("booking/add-guests/", {"booking_attempt_id": attempt_id, "guests": guests}, user=user)


def booking_of(attempt_id: int) -> Booking:
    return Booking.objects.system("test").get(serial=attempt_id)


# --- choosing rooms ---


def test_chosen_rooms_are_held_and_the_attempt_has_a_number(guest: User, place: Listing) -> None:
    room = rooms_of(place)[1]
    answer = select(guest, selection(place, room))
    assert answer.status_code == 201
    booking = Booking.objects.system("test").get()
    assert answer.json() == {
        "message": "Rooms selected successfully. Proceed to add guest details.",
        "booking_attempt_id": booking.serial,
    }
    assert units_taken(booking) == {room.pk}
    assert (booking.state, booking.booker_id) == ("held", guest.pk)


def test_several_rooms_seat_a_party_together(guest: User, place: Listing) -> None:
    rooms = rooms_of(place)
    booking = booking_of(attempt(place, guest, rooms[0], rooms[2], guests=3))
    assert units_taken(booking) == {rooms[0].pk, rooms[2].pk}
    too_many = select(UserFactory(), selection(place, rooms[1], guests=3))
    assert (too_many.status_code, set(too_many.json())) == (400, {"guests"})


def test_a_room_that_somebody_else_has_is_refused_and_nothing_is_held(guest: User, place: Listing) -> None:
    rooms = rooms_of(place)
    attempt(place, guest, rooms[1])
    answer = select(UserFactory(), selection(place, rooms[0], rooms[1], guests=4))
    assert (answer.status_code, set(answer.json())) == (409, {"detail"})
    assert Allocation.objects.count() == 1


def test_an_attempt_gives_its_rooms_back_when_its_time_is_over(guest: User, place: Listing) -> None:
    room = rooms_of(place)[0]
    attempt(place, guest, room)
    let_the_hold_lapse()
    assert attempt(place, UserFactory(), room)


def test_rooms_belong_to_the_resort_that_is_named(guest: User, place: Listing) -> None:
    other = resort(title="Another")
    answer = select(guest, selection(place, rooms_of(place)[0], rooms_of(other)[0]))
    assert (answer.status_code, answer.json()) == (400, {"room_ids": ["The place has no such room."]})
    answer = select(guest, selection(place, resort_id=other.property.serial))
    assert (answer.status_code, set(answer.json())) == (400, {"room_ids"})
    assert not Allocation.objects.exists()


@pytest.mark.parametrize("number", [LARGEST, 999_999_999])
def test_a_resort_that_nobody_has_is_not_found(guest: User, place: Listing, number: int) -> None:
    answer = select(guest, selection(place, resort_id=number))
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is no such resort."})
    hidden = resort(status=Listing.Status.DRAFT, title="Hidden")
    assert select(guest, selection(hidden)).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"resort_id": None}, "resort_id"),
        ({"resort_id": "one"}, "resort_id"),
        ({"resort_id": 2**63}, "resort_id"),
        ({"room_ids": []}, "room_ids"),
        ({"room_ids": "101"}, "room_ids"),
        ({"room_ids": ["x"]}, "room_ids"),
        ({"room_ids": [LARGEST]}, "room_ids"),
        ({"room_ids": [7] * 21}, "room_ids"),
        ({"guests": 0}, "guests"),
        ({"guests": 2.5}, "guests"),
        ({"guests": True}, "guests"),
        ({"check_in_date": "2024-12-20", "check_out_date": "2024-12-25"}, "non_field_errors"),
        ({"check_in_date": "soon"}, "check_in_date"),
        ({"check_in_date": "2099-01-05", "check_out_date": "2099-01-05"}, "check_out_date"),
    ],
)
def test_what_cannot_be_chosen_is_told_at_its_field(guest: User, place: Listing, changes: Any, field: str) -> None:
    answer = select(guest, selection(place, **changes))
    assert answer.status_code == 400, answer.content
    assert set(answer.json()) == {field}
    assert not Allocation.objects.exists()


def test_a_room_twice_is_refused(guest: User, place: Listing) -> None:
    room = rooms_of(place)[0]
    assert set(select(guest, selection(place, room, room)).json()) == {"room_ids"}


def test_no_fields_are_told_one_by_one(guest: User) -> None:
    fields = {"resort_id", "room_ids", "check_in_date", "check_out_date", "guests"}
    assert set(select(guest, {}).json()) == fields
    assert set(post("booking/add-guests/", {}, user=guest).json()) == {"booking_attempt_id", "guests"}
    assert select(guest, [1]).status_code == 400


def test_an_attempt_is_for_whoever_is_signed_in(place: Listing) -> None:
    assert select(None, selection(place)).status_code == 401


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_who_choose_one_room_at_one_moment_one_has_it(place: Listing) -> None:
    body, people = selection(place), [UserFactory(), UserFactory()]
    outcomes = duel(*[lambda user=user: select(user, body) for user in people])
    assert sorted(outcome.value.status_code for outcome in outcomes) == [201, 409]
    assert Allocation.objects.count() == 1
    assert broken_promises() == []


def test_a_request_that_is_sent_twice_has_one_effect_and_one_answer(guest: User, place: Listing) -> None:
    room = rooms_of(place)[0]
    body, path = selection(place, room), "booking/select-rooms/"
    for user, status in ((guest, 201), (UserFactory(), 409)):
        first, again = [
            client_of(user).post(
                f"/api/{path}", body, content_type="application/json", headers={"Idempotency-Key": "again"}
            )
            for _ in range(2)
        ]
        assert (first.status_code, again.status_code) == (status, status)
        assert again["Idempotency-Replayed"] == "true"
        assert first.json() == again.json()
    assert Booking.objects.system("test").count() == 1


# --- naming guests ---


def test_guests_are_named_room_by_room_and_named_again(guest: User, place: Listing) -> None:
    room = rooms_of(place)[0]
    number = attempt(place, guest, room)
    answer = add_guests(guest, number, (room, "Alice", 30), (room, "Bob", 32))
    assert answer.status_code == 200
    assert answer.json()["booking_attempt_id"] == number
    booking = booking_of(number)
    assert [(each.name, each.age) for each in booking.guests.all()] == [("Alice", 30), ("Bob", 32)]
    add_guests(guest, number, (room, "Carol", 41), (room, "Dan", 42))
    assert [each.name for each in booking.guests.all()] == ["Carol", "Dan"]


def test_a_room_outside_the_attempt_is_refused(guest: User, place: Listing) -> None:
    rooms = rooms_of(place)
    number = attempt(place, guest, rooms[0])
    for room in (rooms[1], Unit(serial=LARGEST)):
        answer = add_guests(guest, number, (rooms[0], "Alice", 30), (room, "Bob", 32))
        assert (answer.status_code, answer.json()) == (400, {"guests": ["This room is no part of the booking."]})
    assert not booking_of(number).guests.exists()


def test_children_are_children_until_it_is_paid(guest: User) -> None:
    place = resort(min_guest_age=3)
    room = rooms_of(place)[0]
    number = attempt(place, guest, room)
    assert add_guests(guest, number, (room, "Alice", 30), (room, "Tim", 8)).status_code == 200
    assert booking_of(number).items.get().party == {"adults": 1, "children": [8]}
    answer = add_guests(guest, number, (room, "Alice", 30), (room, "Baby", 1))
    assert (answer.status_code, set(answer.json())) == (400, {"guests"})
    answer = add_guests(guest, number, (room, "Tim", 8), (room, "Tom", 9))
    assert answer.json() == {"guests": ["Each room needs at least one adult (from 18 years)."]}


def test_more_people_than_were_announced_are_refused(guest: User, place: Listing) -> None:
    room = rooms_of(place)[0]
    number = attempt(place, guest, room, guests=1)
    answer = add_guests(guest, number, (room, "Alice", 30), (room, "Bob", 32))
    assert answer.json() == {"guests": ["2 guests were named for a party of 1."]}


def test_an_attempt_of_somebody_else_is_not_found(guest: User, place: Listing) -> None:
    room = rooms_of(place)[0]
    number = attempt(place, guest, room)
    theirs = add_guests(UserFactory(), number, (room, "Alice", 30))
    nobodys = add_guests(guest, LARGEST, (room, "Alice", 30))
    assert (theirs.status_code, theirs.json()) == (nobodys.status_code, nobodys.json())
    assert (nobodys.status_code, nobodys.json()) == (404, {"detail": "There is no such booking attempt."})
    assert add_guests(None, number, (room, "Alice", 30)).status_code == 401


def test_an_attempt_that_is_over_takes_no_names(guest: User, place: Listing) -> None:
    room = rooms_of(place)[0]
    number = attempt(place, guest, room)
    let_the_hold_lapse()
    answer = add_guests(guest, number, (room, "Alice", 30))
    assert (answer.status_code, set(answer.json())) == (409, {"detail"})


@pytest.mark.parametrize(
    "person",
    [
        {"name": "", "age": 30},
        {"name": "Alice", "age": -1},
        {"name": "Alice", "age": 131},
        {"name": "Alice", "age": "old"},
        {"name": "x" * 121, "age": 30},
        {"age": 30},
        {"name": "Alice"},
        "Alice",
    ],
)
def test_what_is_no_guest_is_told_and_nothing_changes(guest: User, place: Listing, person: Any) -> None:
    room = rooms_of(place)[0]
    number = attempt(place, guest, room)
    if isinstance(person, dict):
        person = {"room_id": room.serial, **person}
    answer = post("booking/add-guests/", {"booking_attempt_id": number, "guests": [person]}, user=guest)
    assert answer.status_code == 400
    assert set(answer.json()) == {"guests"}
    assert not booking_of(number).guests.exists()


def test_what_other_apis_have_booked_is_no_longer_offered_here(guest: User) -> None:
    place = resort(rooms=1)
    room = rooms_of(place)[0]
    own = ListingFactory(company=place.company, property=place.property, unit=room, currency="INR", max_guests=2)
    hold(own, nights=5)
    assert select(guest, selection(place, room)).status_code == 409
