"""Moving a booked item while others want the same rooms. Real connections, real commits."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from freehold.bookings.models import Booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.repin_item import repin_item
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, TemporarilyUnavailable
from freehold.inventory.models import Allocation
from freehold.inventory.services import move_claim as moving
from freehold.properties.models import Unit
from tests.factories import ListingFactory, UnitFactory, UserFactory, unit_type_listing
from tests.support.booked import SYSTEM, hold
from tests.support.duel import Outcome, duel
from tests.support.promises import broken_promises
from tests.support.stays import stay

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ROUNDS = 6


def move(booking: Booking, to: Unit) -> Callable[[], Any]:
    return lambda: repin_item(actor=SYSTEM, booking_id=booking.pk, item=0, unit_id=to.pk)


def only_clear_refusals(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.error is None or isinstance(outcome.error, Conflict | TemporarilyUnavailable), outcome.error


def units_of(booking: Booking) -> set[Any]:
    return set(Allocation.objects.filter(claim__in=booking.items.values("claim_id")).values_list("unit_id", flat=True))


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_move_against_a_hold_of_the_room_that_it_goes_to(round_: int) -> None:
    listing = unit_type_listing(units=1)
    other = ListingFactory(company=listing.company, property=listing.property)
    booking, booker = hold(listing), UserFactory()
    before = units_of(booking)
    outcomes = duel(move(booking, other.unit), lambda: hold(other, booker=booker))
    only_clear_refusals(outcomes)
    assert sum(outcome.won for outcome in outcomes) == 1
    assert units_of(booking) == ({other.unit_id} if outcomes[0].won else before)
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_bookings_that_want_to_change_rooms_never_share_one(round_: int) -> None:
    listing = unit_type_listing(units=2)
    first, second = hold(listing), hold(listing)
    (one,), (two,) = units_of(first), units_of(second)
    units = Unit.objects.system("race").in_bulk([one, two])
    outcomes = duel(move(first, units[two]), move(second, units[one]))
    only_clear_refusals(outcomes)
    assert not any(outcome.won for outcome in outcomes)
    assert (units_of(first), units_of(second)) == ({one}, {two})
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_move_into_a_suite_against_a_hold_of_its_part(round_: int) -> None:
    listing = ListingFactory()
    part = ListingFactory(company=listing.company, property=listing.property)
    parts = [part.unit, UnitFactory(property=listing.property)]
    suite = UnitFactory(property=listing.property, parts=parts, max_guests=6)
    booking, booker = hold(listing), UserFactory()
    outcomes = duel(move(booking, suite), lambda: hold(part, booker=booker))
    only_clear_refusals(outcomes)
    assert sum(outcome.won for outcome in outcomes) == 1
    assert broken_promises() == []


def test_without_the_lock_only_the_constraint_stands_between_two_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have looked and found the room free: the lock would have let only one of them look."""
    listing = unit_type_listing(units=3)
    first, second = hold(listing), hold(listing)
    (free,) = (
        Unit.objects.system("race")
        .filter(unit_type=listing.unit_type)
        .exclude(pk__in=units_of(first) | units_of(second))
    )
    both_have_looked = threading.Barrier(2)
    look = moving._rows

    def look_together(statement: str, params: dict[str, Any]) -> Any:
        found = look(statement, params)
        if "inventory_standing" in statement:
            both_have_looked.wait(timeout=10)
        return found

    monkeypatch.setattr(moving, "lock_units_of_claim", lambda *_args, **_options: None)
    monkeypatch.setattr(moving, "_rows", look_together)
    outcomes = duel(move(first, free), move(second, free))
    assert sum(outcome.won for outcome in outcomes) == 1
    (loser,) = [outcome.error for outcome in outcomes if not outcome.won]
    assert isinstance(loser, Conflict)
    assert loser.errors[0].extra["reasons"][0]["code"] == "busy"
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_opposite_carts_of_a_type_and_its_suite_never_share_a_room(round_: int) -> None:
    rooms = unit_type_listing(units=3)
    parts = list(Unit.objects.system("race").filter(unit_type=rooms.unit_type).order_by("pk"))[:2]
    whole = UnitFactory(property=rooms.property, parts=parts, max_guests=8)
    suite = ListingFactory(company=rooms.company, property=rooms.property, unit=whole)
    booker, other = UserFactory(), UserFactory()
    outcomes = duel(
        lambda: hold_booking(actor=Actor.of(booker), items=[stay(suite), stay(rooms)]),
        lambda: hold_booking(actor=Actor.of(other), items=[stay(rooms), stay(suite)]),
    )
    only_clear_refusals(outcomes)
    assert sum(outcome.won for outcome in outcomes) <= 1
    assert Allocation.objects.count() == 3 * sum(outcome.won for outcome in outcomes)
    assert broken_promises() == []
