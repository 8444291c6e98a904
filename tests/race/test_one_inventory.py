"""Three older APIs on one inventory: what one of them books, the others refuse and no longer offer.

One room is offered by the slot, altogether, by the night and by its number at once. The negative control takes the
calendar's guards away and shows that these tests would notice.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest

from freehold.bookings.models import Booking
from freehold.bookings.services import hold_booking as holding
from freehold.inventory.models import Allocation
from freehold.inventory.services.claim_listings import claim_listings
from tests.support.duel import duel
from tests.support.one_place import WAYS, Caller, OnePlace, one_place
from tests.support.promises import broken_promises
from tests.support.races import overlaps, without_constraint, without_unit_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

REFUSED = {400, 409}
ROUNDS = 3
CALLERS_EACH = 2


def is_clear(answer: Any) -> bool:
    """A refusal in words, for a client to show: nothing of it is a fault of ours."""
    return answer.status_code in REFUSED and bool(answer.json()) and "available" in answer.text.lower()


def seen(place: OnePlace) -> dict[str, bool]:
    """What somebody is offered who looks now."""
    looking = Caller()
    return {
        "estate": place.is_available_in_estate(looking),
        "stays": place.is_listed_for_nights(looking),
        "resort": place.is_found_by_the_resort(looking),
    }


def test_all_three_offer_the_room_while_it_is_free() -> None:
    place = one_place()
    assert seen(place) == {"estate": True, "stays": True, "resort": True}


@pytest.mark.parametrize("first", WAYS)
def test_what_one_books_the_others_refuse_and_no_longer_offer(first: str) -> None:
    place = one_place()
    assert WAYS[first](place, Caller()).status_code == 201

    refusals = {way: book(place, Caller()) for way, book in WAYS.items()}

    assert {way: answer.text for way, answer in refusals.items() if not is_clear(answer)} == {}
    # A place that is taken for some days only can still be had altogether or by the slot on others.
    assert seen(place) == {"estate": first != "estate: altogether", "stays": False, "resort": False}
    assert (Booking.objects.system("test").count(), overlaps()) == (1, 0)


@pytest.mark.parametrize("first", WAYS)
def test_what_is_given_up_all_of_them_offer_again(first: str) -> None:
    place, guest = one_place(), Caller()
    assert WAYS[first](place, guest).status_code == 201
    booking = Booking.objects.guest(guest.user).get()

    assert guest.post(f"/api/bookings/{booking.serial}/cancel/", {}).status_code == 200

    assert seen(place) == {"estate": True, "stays": True, "resort": True}
    assert [way for way, book in WAYS.items() if book(place, Caller()).status_code == 201] == [next(iter(WAYS))]


def test_of_callers_of_all_three_at_the_same_moment_exactly_one_wins() -> None:
    for _round in range(ROUNDS):
        place = one_place()
        before = Allocation.objects.count()

        outcomes = duel(*[partial(book, place, Caller()) for book in WAYS.values() for _each in range(CALLERS_EACH)])

        assert [outcome.error for outcome in outcomes if outcome.error] == []
        answers = [outcome.value for outcome in outcomes]
        won = [answer for answer in answers if answer.status_code == 201]
        assert len(won) == 1, [answer.text for answer in answers]
        assert [answer.text for answer in answers if answer not in won and not is_clear(answer)] == []
        found = seen(place)
        assert (found["stays"], found["resort"]) == (False, False)
        assert (Allocation.objects.count() - before, overlaps()) == (1, 0)
    assert Booking.objects.system("test").count() == ROUNDS
    assert broken_promises() == []


def test_without_the_calendars_guards_two_of_them_promise_the_same_room() -> None:
    place = one_place()
    both_have_claimed = threading.Barrier(2)

    def claim_and_linger(**options: Any) -> Any:
        claims = claim_listings(**options)
        both_have_claimed.wait(timeout=30)
        return claims

    callers: list[Callable[[], Any]] = [
        partial(place.book_nights, Caller()),
        partial(place.select_room, Caller()),
    ]
    with without_unit_locks(), without_constraint(), patch.object(holding, "claim_listings", claim_and_linger):
        outcomes = duel(*callers)
        assert [outcome.value.status_code for outcome in outcomes] == [201, 201]
        assert overlaps() == 1
