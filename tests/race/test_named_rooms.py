"""Many want the very same room by its number. Real connections, real commits."""

import threading
from typing import Any

import pytest
from django.db import transaction

from freehold.bookings.services.hold_booking import hold_booking
from freehold.core.actor import Actor
from freehold.domain.occasions import Nights
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Allocation
from freehold.inventory.services.claim_listing import claim_listing
from freehold.inventory.types import ListingWish
from freehold.pricing.types import ItemRequest
from freehold.properties.models import Listing, Unit
from tests.factories import UnitFactory, UserFactory
from tests.race.test_claims import _deadlocks
from tests.support.booked import hold
from tests.support.duel import duel
from tests.support.promises import broken_promises
from tests.support.races import (
    GUEST,
    START,
    STAY,
    TTL,
    overlaps,
    run,
    without_constraint,
    without_unit_locks,
)
from tests.support.rooms import resort, rooms_of, units_taken
from tests.support.stays import stay

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ROUNDS = 6


def wish(listing: Listing, room: Unit) -> ItemRequest:
    any_room = stay(listing)
    return ItemRequest(listing.pk, any_room.when, any_room.party, unit_id=room.pk)


def choose(listing: Listing, *rooms: Unit, booker: Any) -> Any:
    return lambda: hold_booking(actor=Actor.of(booker), items=[wish(listing, room) for room in rooms])


def bookers(count: int) -> list[Any]:
    return [UserFactory() for _ in range(count)]


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_of_two_who_choose_one_room_one_has_it(round_: int) -> None:
    listing = resort()
    room = rooms_of(listing)[1]
    outcomes = duel(*[choose(listing, room, booker=booker) for booker in bookers(2)])
    (winner,) = [outcome.value for outcome in outcomes if outcome.won]
    (loser,) = [outcome.error for outcome in outcomes if not outcome.won]
    assert isinstance(loser, Unavailable)
    assert units_taken(winner) == {room.pk}
    assert Allocation.objects.count() == 1
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_who_takes_any_room_takes_another_than_the_one_that_is_named(round_: int) -> None:
    listing = resort(rooms=2)
    room = rooms_of(listing)[round_ % 2]
    somebody, other = bookers(2)
    outcomes = duel(choose(listing, room, booker=somebody), lambda: hold(listing, booker=other))
    taken = [units_taken(outcome.value) for outcome in outcomes if outcome.won]
    # Whoever takes any room may have had the named one first: then there is no other one of this number.
    assert outcomes[1].won
    assert sum(map(len, taken)) == len(set().union(*taken)) == len(taken)
    assert broken_promises() == []


def test_opposite_choices_of_the_same_rooms_queue_and_do_not_dead_lock() -> None:
    listing = resort(rooms=4)
    rooms, before = rooms_of(listing), _deadlocks()
    chosen = [rooms, rooms[::-1]] * 4
    race = run(*[choose(listing, *each, booker=booker) for each, booker in zip(chosen, bookers(8), strict=True)])
    assert race.winners == 1
    assert race.refusals == {"Unavailable": 7}
    assert (Allocation.objects.count(), overlaps(), _deadlocks()) == (4, 0, before)


def test_rooms_of_a_suite_and_the_suite_are_never_both_taken() -> None:
    listing = resort(rooms=3)
    rooms = rooms_of(listing)
    suite = UnitFactory(property=listing.property, parts=rooms[:2], name="Suite", unit_type=listing.unit_type)
    somebody, other = bookers(2)
    race = run(choose(listing, suite, rooms[2], booker=somebody), choose(listing, rooms[1], booker=other))
    assert race.winners == 1
    assert overlaps() == 0


def test_without_the_locks_taken_together_opposite_choices_end_in_a_deadlock() -> None:
    """The negative control of the one before: each claims its first room, and then waits for the other's."""
    listing = resort(rooms=2)
    rooms, line = rooms_of(listing), threading.Barrier(2)
    nights = Nights(START.date(), STAY.end.date())

    def in_their_order(order: list[Unit]) -> None:
        for number, room in enumerate(order):
            claim_listing(actor=GUEST, wish=ListingWish(listing, nights, STAY, unit_id=room.pk), ttl=TTL)
            if not number:
                line.wait(timeout=10)

    race = run(lambda: in_their_order(rooms), lambda: in_their_order(rooms[::-1]))
    assert race.winners < 2
    assert {
        str(reason.code) for refusal in race.answers if isinstance(refusal, Unavailable) for reason in refusal.reasons
    }


def test_without_both_guards_one_room_is_promised_to_two() -> None:
    """The negative control of the first."""
    listing = resort()
    room, both_have_claimed = rooms_of(listing)[0], threading.Barrier(2)
    nights = Nights(START.date(), STAY.end.date())

    def claim_and_linger() -> None:
        with transaction.atomic():
            claim_listing(actor=GUEST, wish=ListingWish(listing, nights, STAY, unit_id=room.pk), ttl=TTL)
            both_have_claimed.wait(timeout=10)

    with without_unit_locks(), without_constraint():
        race = run(*[claim_and_linger] * 2)
        assert (race.winners, overlaps()) == (2, 1)
