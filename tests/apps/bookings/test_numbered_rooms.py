"""Rooms that are chosen by their numbers: which are free, holding just these, and who sleeps where."""

from datetime import date, timedelta
from typing import Any

import pytest

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.hold_rooms import hold_rooms
from freehold.bookings.services.name_guests_by_room import RoomGuest, name_guests_by_room
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, NotFound
from freehold.domain.party import Party
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Allocation
from freehold.inventory.numbered_rooms import find_free_rooms
from freehold.pricing.types import ItemRequest, PricedCart
from freehold.properties.models import Listing, Unit
from tests.factories import ListingFactory, PriceOverride, UnitFactory, UserFactory
from tests.support.booked import money_comes, open_attempt
from tests.support.rooms import more_rooms, resort, rooms_of, units_taken
from tests.support.stays import in_days, let_the_hold_lapse, stay

pytestmark = pytest.mark.django_db


def search(location: str = "Goa", *, guests: int = 2, arrive_in: int = 30, nights: int = 5, **options: Any) -> Any:
    facts = {"check_in": in_days(arrive_in), "check_out": in_days(arrive_in + nights), "currency": "INR"}
    return find_free_rooms(location=location, guests=guests, **{**facts, **options})


def choose(*rooms: Unit, booker: User | None = None, guests: int = 2, **options: Any) -> Booking:
    facts = {"check_in": in_days(30), "check_out": in_days(35), "property_id": rooms[0].property_id}
    return hold_rooms(
        actor=Actor.of(booker or UserFactory()),
        unit_ids=[room.pk for room in rooms],
        guests=guests,
        currency="INR",
        **{**facts, **options},
    )


def names(found: Any) -> list[str]:
    return [room.name for place in found for room in place.rooms]


def codes(refusal: pytest.ExceptionInfo[BadInput]) -> list[tuple[str, str | None]]:
    return [(error.code, error.attr) for error in refusal.value.errors]


# --- which are free ---


@pytest.mark.parametrize(
    "location", ["Goa", " goa ", "GÓA", "Candolim", "candolim, goa", "vintage", "Dandeli Vintage Resorts, Goa"]
)
def test_a_place_is_found_by_words_of_its_title_and_where_it_is(location: str) -> None:
    resort()
    assert names(search(location)) == ["G101", "G102", "G103"]


@pytest.mark.parametrize("location", ["Go", "Boston", "Goa Boston", "%", "_oa", "Goa' OR 'a"])
def test_what_is_no_word_of_it_finds_nothing(location: str) -> None:
    resort()
    assert search(location) == []


@pytest.mark.parametrize("location", ["", "  ", " , ", "goa " * 21])
def test_a_place_has_to_be_named(location: str) -> None:
    with pytest.raises(BadInput, match="Name a place"):
        search(location)


def test_rooms_that_somebody_has_are_left_out_and_come_back() -> None:
    rooms = rooms_of(resort())
    choose(rooms[1])
    assert names(search()) == ["G101", "G103"]
    assert names(search(arrive_in=35)) == ["G101", "G102", "G103"], "who leaves in the morning makes room"
    let_the_hold_lapse()
    assert names(search()) == ["G101", "G102", "G103"]


def test_a_place_is_listed_while_its_free_rooms_seat_all_the_guests_together() -> None:
    listing = resort()
    more_rooms(listing.property, rooms=1, first=201, name="Pool", max_guests=3)
    assert [place.seats for place in search(guests=9)] == [9]
    assert search(guests=10) == []
    choose(rooms_of(listing)[0])
    assert search(guests=8) == []
    assert names(search(guests=7)) == ["G102", "G103", "P201"]


def test_a_place_may_take_fewer_people_than_its_rooms() -> None:
    resort(property__max_guests=4)
    assert search(guests=5) == []
    assert len(search(guests=4)) == 1


def test_a_room_costs_its_average_night_and_is_as_large_as_itself() -> None:
    listing = resort(
        rate_plan__overrides=[PriceOverride(nights=(in_days(30), in_days(31)), price_minor=1_000_000)],
    )
    small = rooms_of(listing)[0]
    Unit.objects.system("test").filter(pk=small.pk).update(max_guests=1)
    (place,) = search()
    assert {(room.name, room.capacity, room.nightly.amount_text()) for room in place.rooms if room.nightly} == {
        ("G101", 1, "8000.00"),
        ("G102", 2, "8000.00"),
        ("G103", 2, "8000.00"),
    }


def test_a_room_that_is_sold_by_itself_too_is_listed_once_at_its_own_price() -> None:
    listing = resort(rooms=2)
    own = rooms_of(listing)[0]
    ListingFactory(
        company=listing.company,
        property=listing.property,
        unit=own,
        currency="INR",
        max_guests=2,
        min_nights=2,
        rate_plan__base_price_minor=900_000,
    )
    assert [room.nightly.amount_text() for room in search()[0].rooms] == ["9000.00", "7500.00"]
    assert [room.nightly.amount_text() for room in search(nights=1)[0].rooms] == ["7500.00", "7500.00"]


def test_what_is_not_sold_in_this_way_is_not_listed() -> None:
    resort(status=Listing.Status.DRAFT, title="A draft")
    resort(currency="USD", title="In dollars")
    resort(acceptance=Listing.Acceptance.REQUEST, title="Asks first")
    resort(rooms=1, title="A single room")
    closed = resort(title="Closed")
    Unit.objects.system("test").filter(unit_type_id=closed.unit_type_id).update(is_active=False)
    suite = resort(rooms=2, title="With a suite")
    whole = UnitFactory(property=suite.property, parts=rooms_of(suite), name="Suite")
    ListingFactory(company=suite.company, property=suite.property, unit=whole, currency="INR")
    assert [(place.place.title, names([place])) for place in search()] == [("With a suite", ["G101", "G102"])]


def test_rules_of_the_listing_close_its_rooms() -> None:
    resort(min_nights=3)
    assert search(nights=2) == []
    assert len(search(nights=3)) == 1


def test_days_that_are_over_and_stays_without_a_night_are_refused() -> None:
    with pytest.raises(BadInput) as refusal:
        search(check_in=date(2024, 12, 20), check_out=date(2024, 12, 25))
    assert codes(refusal) == [("in_past", "check_in")]
    with pytest.raises(BadInput) as refusal:
        search(nights=0)
    assert refusal.value.errors[0].attr == "check_out"


def test_a_search_costs_the_same_queries_however_much_it_finds(django_assert_num_queries: Any) -> None:
    resort(rooms=2, title="First")
    with django_assert_num_queries(5):
        search()
    for number in range(4):
        more_rooms(resort(rooms=5, title=f"Resort {number}").property, rooms=4, first=201, name="Pool")
    with django_assert_num_queries(5):
        assert len(names(search())) == 38


# --- holding just these ---


def test_exactly_the_named_rooms_are_held_for_the_party_together() -> None:
    listing = resort()
    rooms = rooms_of(listing)
    booking = choose(rooms[2], rooms[0], guests=3)
    assert units_taken(booking) == {rooms[0].pk, rooms[2].pk}
    assert [Party.from_json(item.party).adults for item in booking.items.all()] == [2, 1]
    assert booking.total_minor == 2 * 5 * 750_000
    assert (booking.state, booking.currency) == ("held", "INR")


def test_rooms_that_are_sold_one_by_one_are_held_at_their_own_prices() -> None:
    listing = resort(rooms=2)
    rooms = rooms_of(listing)
    for room, price in zip(rooms, (900_000, 800_000), strict=True):
        ListingFactory(
            company=listing.company,
            property=listing.property,
            unit=room,
            currency="INR",
            max_guests=2,
            rate_plan__base_price_minor=price,
        )
    booking = choose(*rooms, guests=4)
    assert units_taken(booking) == {room.pk for room in rooms}
    assert [item.amount_minor for item in booking.items.all()] == [5 * 900_000, 5 * 800_000]
    with pytest.raises(Unavailable):
        choose(rooms[1])


def test_all_of_them_or_none() -> None:
    rooms = rooms_of(resort())
    choose(rooms[1])
    before = Allocation.objects.count()
    with pytest.raises(Unavailable) as refusal:
        choose(*rooms, guests=6)
    assert [reason.code for reason in refusal.value.reasons] == ["held"]
    assert Allocation.objects.count() == before
    assert Booking.objects.system("test").count() == 1


def test_who_is_too_late_for_a_room_hears_when_this_room_is_free() -> None:
    rooms = rooms_of(resort())
    choose(rooms[1])
    with pytest.raises(Unavailable) as refusal:
        choose(rooms[1])
    assert refusal.value.alternatives
    assert all(each.check_out <= in_days(30) or each.check_in >= in_days(35) for each in refusal.value.alternatives)


def test_only_rooms_of_the_place_that_are_named_once() -> None:
    rooms, other = rooms_of(resort()), rooms_of(resort(title="Another"))
    with pytest.raises(BadInput) as refusal:
        choose(rooms[0], other[0])
    assert codes(refusal) == [("unknown_room", "unit_ids.1")]
    with pytest.raises(BadInput) as refusal:
        choose(rooms[0], rooms[0])
    assert codes(refusal) == [("repeated_item", "unit_ids")]
    with pytest.raises(NotFound):
        choose(rooms[0], property_id=UserFactory().pk)
    assert not Allocation.objects.exists()


@pytest.mark.parametrize(("guests", "code"), [(1, "too_few_adults"), (5, "no_room")])
def test_the_rooms_seat_the_party_together(guests: int, code: str) -> None:
    rooms = rooms_of(resort())
    with pytest.raises(BadInput) as refusal:
        choose(rooms[0], rooms[1], guests=guests)
    assert codes(refusal) == [(code, "guests")]


def test_broken_rules_are_told_once_for_all_rooms() -> None:
    rooms = rooms_of(resort(min_nights=7))
    with pytest.raises(BadInput) as refusal:
        choose(*rooms, guests=3)
    assert codes(refusal) == [("min_nights", None)]


def test_an_item_that_names_a_unit_of_another_listing_finds_nothing() -> None:
    listing, other = resort(), resort(title="Another")
    booker = Actor.of(UserFactory())
    for unit in (rooms_of(other)[0], UnitFactory(property=listing.property)):
        wish = ItemRequest(listing.pk, stay(listing).when, Party(2), unit_id=unit.pk)
        with pytest.raises((NotFound, Unavailable)):
            hold_booking(actor=booker, items=[wish])
    assert not Allocation.objects.exists()


def test_a_room_that_is_no_longer_in_use_is_not_held() -> None:
    rooms = rooms_of(resort())
    Unit.objects.system("test").filter(pk=rooms[0].pk).update(is_active=False)
    with pytest.raises(BadInput) as refusal:
        choose(rooms[0])
    assert codes(refusal) == [("unknown_room", "unit_ids.0")]


def test_who_chooses_the_same_rooms_again_goes_on_with_the_same_booking() -> None:
    rooms, guest = rooms_of(resort()), UserFactory()
    booking = choose(rooms[0], rooms[1], booker=guest, guests=3)
    name(booking, (rooms[0], "Alice", 30), (rooms[1], "Bob", 32), (rooms[1], "Tim", 8))
    assert choose(rooms[1], rooms[0], booker=guest, guests=3) == booking
    assert booking.guests.count() == 3
    assert choose(rooms[1], rooms[0], booker=guest, guests=4) == booking
    assert parties(booking) == [Party(2), Party(2)]
    for others in ({"check_out": in_days(34)}, {"booker": UserFactory()}):
        with pytest.raises(Unavailable):
            choose(rooms[0], rooms[1], **{"booker": guest, "guests": 3, **others})
    assert Booking.objects.system("test").count() == 1
    let_the_hold_lapse()
    assert choose(rooms[0], rooms[1], booker=guest, guests=3) != booking


# --- who sleeps where ---


def name(booking: Booking, *people: tuple[Unit, str, int], actor: Actor | None = None) -> Booking:
    guests = [RoomGuest(unit.pk, person, age) for unit, person, age in people]
    return name_guests_by_room(actor=actor or Actor.of(booking.booker), booking_id=booking.pk, guests=guests)


def parties(booking: Booking) -> list[Party]:
    return [Party.from_json(item.party) for item in booking.items.all()]


def test_names_come_into_their_rooms_and_replace_those_before() -> None:
    rooms = rooms_of(resort())
    booking = choose(rooms[1], rooms[0], guests=3)
    name(booking, (rooms[0], "Carol", 40))
    name(booking, (rooms[0], "Alice", 30), (rooms[1], "Bob", 32))
    assert [(guest.name, guest.age, guest.item.position) for guest in booking.guests.all()] == [
        ("Alice", 30, 1),
        ("Bob", 32, 0),
    ]
    assert booking.changes.count() == 0, "the parties are what they were"


def test_a_room_outside_the_booking_is_refused_and_nothing_changes() -> None:
    rooms = rooms_of(resort())
    booking = choose(rooms[0])
    name(booking, (rooms[0], "Alice", 30))
    with pytest.raises(BadInput) as refusal:
        name(booking, (rooms[0], "Alice", 30), (rooms[2], "Bob", 32))
    assert codes(refusal) == [("unknown_room", "guests.1.unit_id")]
    assert [guest.name for guest in booking.guests.all()] == ["Alice"]


def test_children_are_priced_as_children_while_the_rooms_are_held() -> None:
    listing = resort(rate_plan__taxes=[])
    rooms = rooms_of(listing)
    plan = listing.rate_plan
    plan.included_guests, plan.extra_guest_fee_minor = 1, 100_000
    plan.save()
    tax = plan.taxes.create(
        company=listing.company,
        code="head",
        label="Head tax",
        kind="per_person_night",
        amount_minor=10_000,
        exempt_below_age=12,
        basis_points=0,
    )
    assert tax.pk
    booking = choose(rooms[0])
    before = booking.total_minor
    name(booking, (rooms[0], "Alice", 30), (rooms[0], "Tim", 6))
    booking.refresh_from_db()
    assert parties(booking) == [Party(1, (6,))]
    assert before - booking.total_minor == 5 * 10_000, "nobody pays the head tax for Tim"
    assert PricedCart.from_json(booking.terms).total.minor == booking.total_minor == booking.due_now_minor
    # Named anew without him, somebody grown up comes in his place, and the price is as before.
    name(booking, (rooms[0], "Alice", 30))
    booking.refresh_from_db()
    assert booking.total_minor == before


def test_people_sleep_where_they_are_named_and_others_where_there_is_room() -> None:
    listing = resort()
    family = more_rooms(listing.property, rooms=1, first=301, name="Family", max_guests=4)
    (small, *_), (large,) = rooms_of(listing), rooms_of(family)
    booking = choose(small, large, guests=4)
    assert parties(booking) == [Party(1), Party(3)]
    name(booking, (small, "Ann", 40), (small, "Zoe", 7), (large, "Bob", 41))
    assert parties(booking) == [Party(1, (7,)), Party(2)]


def test_what_does_not_fit_is_refused_and_nothing_changes() -> None:
    rooms = rooms_of(resort(min_guest_age=3))
    booking = choose(rooms[0], rooms[1], guests=3)
    before = parties(booking)
    for people, code in (
        ([(rooms[0], "A", 30), (rooms[0], "B", 30), (rooms[0], "C", 30)], "capacity"),
        ([(rooms[0], "A", 30), (rooms[1], "B", 8), (rooms[1], "C", 9)], "no_adult"),
        ([(rooms[0], "A", 30), (rooms[0], "B", 2), (rooms[1], "C", 9)], "min_guest_age"),
        ([(rooms[0], "A", 30), (rooms[0], "B", 30), (rooms[1], "C", 30), (rooms[1], "D", 30)], "too_many_named"),
    ):
        with pytest.raises(BadInput) as refusal:
            name(booking, *people)
        assert refusal.value.errors[0].attr == "guests"
        assert refusal.value.code == code or "no_adult" in {code, refusal.value.code}
    assert parties(booking) == before
    assert booking.guests.count() == 0


def test_what_is_paid_for_keeps_its_party_and_takes_names_that_fit() -> None:
    rooms = rooms_of(resort())
    booking = choose(rooms[0])
    money_comes(open_attempt(booking))
    name(booking, (rooms[0], "Alice", 30), (rooms[0], "Bob", 32))
    with pytest.raises(BadInput):
        name(booking, (rooms[0], "Alice", 30), (rooms[0], "Tim", 6))
    assert [guest.name for guest in booking.guests.all()] == ["Alice", "Bob"]


def test_who_comes_too_late_or_is_somebody_else_names_nobody() -> None:
    rooms = rooms_of(resort())
    booking = choose(rooms[0])
    with pytest.raises(NotFound):
        name(booking, (rooms[0], "Alice", 30), actor=Actor.of(UserFactory()))
    let_the_hold_lapse()
    with pytest.raises(Conflict) as refusal:
        name(booking, (rooms[0], "Alice", 30))
    assert refusal.value.code == "not_open"


def test_late_money_brings_the_same_room_back() -> None:
    rooms = rooms_of(resort())
    booking = choose(rooms[1])
    payment = open_attempt(booking)
    let_the_hold_lapse(30 + int(timedelta(minutes=1).total_seconds() // 60))
    money_comes(payment)
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    assert units_taken(booking) == {rooms[1].pk}
