"""Many callers for the units of a type: each gets as many as they asked for or none, and nothing is left over."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from unittest.mock import patch
from uuid import UUID

import pytest
from django.db import connection

from freehold.domain.occasions import Nights
from freehold.inventory import units_of_type
from freehold.inventory.allocations import lock_some_units_without_waiting
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Allocation
from freehold.inventory.services.claim_listing import claim_listing
from freehold.inventory.services.claim_listings import claim_listings
from freehold.inventory.types import ClaimView, ListingWish
from freehold.properties.models import Listing
from tests.factories import ListingFactory, UnitFactory, unit_type_listing
from tests.race.test_claims import _deadlocks, _moved
from tests.support.races import GUEST, START, STAY, TTL, Race, overlaps, run

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

STAY_NIGHTS = Nights(START.date(), STAY.end.date())


def wish(listing: Listing, quantity: int = 1) -> ListingWish:
    return ListingWish(listing, STAY_NIGHTS, STAY, quantity=quantity)


def claim(listing: Listing, quantity: int = 1) -> ClaimView:
    return claim_listing(actor=GUEST, wish=wish(listing, quantity), ttl=TTL)


def in_waves(callers: int, attempt: Callable[[], object], *, at_once: int = 40) -> Race:
    """All callers, as many at a time as a server has connections."""
    whole = Race()
    for _wave in range(callers // at_once):
        race = run(*[attempt] * at_once)
        whole.answers += race.answers
    return whole


def test_two_hundred_callers_for_a_hundred_units_win_exactly_a_hundred() -> None:
    listing = unit_type_listing(units=100)
    before = _deadlocks()

    race = in_waves(200, lambda: claim(listing))

    assert race.winners == 100
    assert race.refusals == {"Unavailable": 100}
    assert (Allocation.objects.count(), overlaps(), _deadlocks()) == (100, 0, before)
    assert not any("busy" in codes(answer) for answer in race.answers)


def codes(answer: object) -> set[str]:
    return {str(reason.code) for reason in answer.reasons} if isinstance(answer, Unavailable) else set()


def test_who_needs_several_gets_all_of_them_or_none() -> None:
    listing = unit_type_listing(units=10)
    before = _deadlocks()

    race = run(*[lambda: claim(listing, 3)] * 12)

    claims = [answer for answer in race.answers if isinstance(answer, ClaimView)]
    assert len(claims) == 3
    assert all(len(set(each.unit_ids)) == 3 for each in claims)
    assert (Allocation.objects.count(), overlaps(), _deadlocks()) == (9, 0, before)
    assert not any("busy" in codes(answer) for answer in race.answers)


def test_parties_of_every_size_leave_nothing_that_a_party_of_one_could_not_have() -> None:
    listing = unit_type_listing(units=12)
    sizes = [1, 2, 3, 4, 5] * 4

    race = run(*[lambda size=size: claim(listing, size) for size in sizes])

    taken = Counter(len(answer.unit_ids) for answer in race.answers if isinstance(answer, ClaimView))
    assert sum(size * count for size, count in taken.items()) == Allocation.objects.count() <= 12
    left = 12 - Allocation.objects.count()
    assert run(*[lambda: claim(listing)] * (left + 3)).winners == left
    assert overlaps() == 0


def test_a_room_as_a_whole_and_its_seats_are_never_both_taken() -> None:
    seats = unit_type_listing(units=4)
    parts = list(UnitFactory._meta.model.objects.system("race").filter(unit_type=seats.unit_type))
    room = ListingFactory(
        company=seats.company,
        property=seats.property,
        unit=UnitFactory(property=seats.property, parts=parts),
    )
    for _round in range(6):
        attempts = [lambda: claim(seats, 2), lambda: claim(room), lambda: claim(seats)] * 3
        race = run(*attempts)
        claims = [answer for answer in race.answers if isinstance(answer, ClaimView)]
        assert overlaps() == 0
        assert 1 <= len(claims) <= 4
        if any(len(each.unit_ids) == 4 for each in claims):
            assert len(claims) == 1
        Allocation.objects.all().delete()


def test_opposite_carts_of_two_types_do_not_dead_lock() -> None:
    first = unit_type_listing(units=2)
    second = unit_type_listing(units=2, company=first.company, property__company=first.company)
    house = ListingFactory(company=first.company, property__company=first.company)
    before = _deadlocks()

    def fill(day: int, step: int) -> object:
        period = _moved(day)
        nights = Nights(period.start.date(), period.end.date())
        wishes = [ListingWish(each, nights, period, quantity=2 if each.unit_type_id else 1) for each in (
            first, house, second)][::step]  # fmt: skip
        return claim_listings(actor=GUEST, wishes=wishes, ttl=TTL)

    for day in range(0, 32, 4):
        race = run(*[lambda day=day, step=step: fill(day, step) for step in (1, -1) * 4])
        assert race.winners == 1
    assert (_deadlocks(), overlaps()) == (before, 0)


@pytest.mark.parametrize("is_guarded", [True, False])
def test_the_look_after_the_lock_is_what_finds_a_unit_for_everybody(is_guarded: bool) -> None:
    """The negative control: who only tries the best fit loses to whoever tries the same one first."""
    listing = unit_type_listing(units=6)
    only_the_best: AbstractContextManager[object] = nullcontext()
    if not is_guarded:
        only_the_best = patch.multiple(
            units_of_type._Search,
            take_unlocked=units_of_type._Search.take_best,
            take_in_turn=units_of_type._Search.take_best,
        )
    line = threading.Barrier(6)

    def together() -> ClaimView:
        line.wait(timeout=10)
        found = claim(listing)
        time.sleep(0.3)  # nobody commits before everybody has tried
        return found

    with only_the_best:
        race = run(*[together] * 6)

    assert overlaps() == 0
    if is_guarded:
        assert race.winners == 6
    else:
        assert race.winners < 6


def test_locking_some_skips_what_others_have_and_stops_when_it_has_enough() -> None:
    listing = unit_type_listing(units=4)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM properties_unit WHERE unit_type_id = %s ORDER BY id", [listing.unit_type_id])
        ids = [row[0] for row in cursor.fetchall()]
    locked, done = threading.Event(), threading.Event()

    def sit_on_the_second() -> None:
        assert lock_some_units_without_waiting(ids[1:2], most=1) == ids[1:2]
        locked.set()
        assert done.wait(timeout=10)

    def take_two() -> list[UUID]:
        locked.wait(timeout=10)
        try:
            return lock_some_units_without_waiting(ids[::-1], most=3)
        finally:
            done.set()

    race = run(sit_on_the_second, take_two)
    assert [ids[3], ids[2], ids[0]] in race.answers
