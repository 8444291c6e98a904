"""Many callers, one calendar. Real connections, real commits.

Two guards keep the promise: the lock on the units and the exclusion constraint. Each race is run with both, then
with each alone, and with neither: a race that cannot be lost proves nothing.
"""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from freehold.core import clock
from freehold.domain.occasions import Nights
from freehold.domain.periods import Period
from freehold.inventory.errors import ClaimLapsed, Unavailable
from freehold.inventory.models import Allocation, Claim, Purpose
from freehold.inventory.services.claim_listing import claim_listing
from freehold.inventory.services.claim_listings import claim_listings
from freehold.inventory.services.convert_claim import convert_claim
from freehold.inventory.services.extend_claim import extend_claim
from freehold.inventory.services.lapse_holds import lapse_holds
from freehold.inventory.services.release_claim import release_claim
from freehold.inventory.types import ListingWish
from freehold.properties.models import Unit
from tests.factories import ListingFactory, UnitFactory, unit_type_listing
from tests.support.races import (
    CALLERS,
    GUEST,
    START,
    STAY,
    TTL,
    Race,
    changed_function,
    hold,
    overlaps,
    run,
    without_constraint,
    without_unit_locks,
)

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def without_lock(transactional_db: None) -> Iterator[None]:
    with without_unit_locks():
        yield


# --- one unit -------------------------------------------------------------------------------------------------


def test_of_fifty_callers_for_one_unit_one_wins_and_the_others_know_at_once() -> None:
    delays = []
    for _round in range(3):
        unit = UnitFactory()
        race = run(*[lambda unit=unit: hold(unit)] * CALLERS)

        assert race.winners == 1
        assert race.refusals == {"Unavailable": CALLERS - 1}
        delays.append(race.slowest_after_winner)
    assert overlaps() == 0
    assert min(delays) < 0.2, "a busy machine may spoil a round, not every one"


def test_the_lock_alone_keeps_the_promise() -> None:
    unit = UnitFactory()
    with without_constraint():
        race = run(*[lambda: hold(unit)] * CALLERS)
        assert (race.winners, overlaps()) == (1, 0)


def test_the_constraint_alone_keeps_the_promise(without_lock: None) -> None:
    unit = UnitFactory()
    race = run(*[lambda: hold(unit)] * 8)
    assert (race.winners, overlaps()) == (1, 0)
    assert race.refusals == {"Unavailable": 7}


def test_without_both_guards_space_is_promised_twice(without_lock: None) -> None:
    unit, both_have_claimed = UnitFactory(), threading.Barrier(2)

    def claim_and_linger() -> None:
        hold(unit)
        both_have_claimed.wait(timeout=10)

    with without_constraint():
        race = run(*[claim_and_linger] * 2)
        assert (race.winners, overlaps()) == (2, 1)


def _wait_until_waiting(callers: int) -> None:
    """Until so many other connections wait for a lock."""
    for _poll in range(500):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            (waiting,) = cursor.fetchone()
        if waiting >= callers:
            return
        time.sleep(0.01)
    raise AssertionError(f"{waiting} of {callers} callers wait")


def _race_in_which_the_first_gives_up(unit: Unit, others: int = 4) -> Race:
    first_has_claimed = threading.Event()

    def give_up() -> None:
        hold(unit)
        first_has_claimed.set()
        _wait_until_waiting(others)
        raise InterruptedError

    def follow() -> UUID:
        first_has_claimed.wait(timeout=10)
        return hold(unit)

    return run(give_up, *[follow] * others)


def test_when_the_first_gives_up_exactly_one_of_the_waiting_wins() -> None:
    before = _deadlocks()
    race = _race_in_which_the_first_gives_up(UnitFactory(), others=20)

    assert race.winners == 1
    assert race.refusals == {"InterruptedError": 1, "Unavailable": 19}
    assert _deadlocks() == before


def test_the_constraint_alone_dead_locks_where_the_lock_queues(without_lock: None) -> None:
    """The reason for the lock: inserters wait for each other inside the constraint until one is shot."""
    before = _deadlocks()
    race = _race_in_which_the_first_gives_up(UnitFactory())

    assert _deadlocks() > before
    assert (race.winners, overlaps()) == (1, 0)


def _deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        (count,) = cursor.fetchone()
    return count


def _moved(days: int) -> Period:
    shift = timedelta(days=days)
    return Period(STAY.start + shift, STAY.end + shift)


def test_partial_overlaps_never_both_win_and_neighbours_always_do() -> None:
    unit = UnitFactory()
    wishes = [_moved(days) for days in range(12)]  # each overlaps the two before and the two after

    race = run(*[lambda wish=wish: hold(unit, period=wish) for wish in wishes])

    assert overlaps() == 0
    assert 1 <= race.winners <= 4
    turn_over = [Period(START + timedelta(days=60 + n), START + timedelta(days=61 + n)) for n in range(20)]
    assert run(*[lambda wish=wish: hold(unit, period=wish) for wish in turn_over]).winners == 20


# --- several units --------------------------------------------------------------------------------------------


def _same_company(count: int) -> list[Unit]:
    first = UnitFactory()
    return [first, *UnitFactory.create_batch(count - 1, property=first.property)]


def test_opposite_orders_of_the_same_units_do_not_dead_lock() -> None:
    units = _same_company(4)
    before = _deadlocks()

    for day in range(0, 40, 4):
        attempts = [lambda shift=day: hold(*units, period=_moved(shift))] * 4
        attempts += [lambda shift=day: hold(*reversed(units), period=_moved(shift))] * 4
        race = run(*attempts)
        assert race.winners == 1
        assert race.refusals == {"Unavailable": 7}

    assert _deadlocks() == before
    assert Allocation.objects.count() == 40


def test_opposite_carts_of_the_same_listings_do_not_dead_lock() -> None:
    listings = [ListingFactory(), ListingFactory(), unit_type_listing(units=1)]
    before = _deadlocks()

    def fill(day: int, step: int) -> object:
        period = _moved(day)
        wishes = [
            ListingWish(listing, Nights(period.start.date(), period.end.date()), period) for listing in listings[::step]
        ]
        return claim_listings(actor=GUEST, wishes=wishes, ttl=TTL)

    for day in range(0, 40, 4):
        race = run(*[lambda day=day, step=step: fill(day, step) for step in (1, -1) * 4])
        assert race.winners == 1
        assert race.refusals == {"Unavailable": 7}

    assert _deadlocks() == before
    assert overlaps() == 0


def test_opposite_orders_dead_lock_when_the_lock_has_no_order() -> None:
    east, west = _same_company(2)
    line = threading.Barrier(2)

    def lock_both(*units: Unit) -> None:
        for unit in units:
            with connection.cursor() as cursor:
                cursor.execute("SELECT id FROM properties_unit WHERE id = %s FOR NO KEY UPDATE", [unit.pk])
            if unit is units[0]:
                line.wait(timeout=10)

    race = run(lambda: lock_both(east, west), lambda: lock_both(west, east))

    assert race.refusals == {"OperationalError": 1}


def test_a_part_and_its_whole_are_never_both_taken() -> None:
    parts = _same_company(3)
    villa = UnitFactory(property=parts[0].property, parts=parts)

    for day in range(0, 40, 4):
        wishes = [[villa], *([part] for part in parts)] * 3
        run(*[lambda wish=wish, shift=day: hold(*wish, period=_moved(shift)) for wish in wishes])

    assert overlaps() == 0
    assert Allocation.objects.count() == 30  # each time either the villa or its three parts


def test_units_of_one_type_are_sold_exactly_as_often_as_they_exist() -> None:
    listing = unit_type_listing(units=5)

    def claim() -> object:
        return claim_listing(
            actor=GUEST,
            wish=ListingWish(listing, Nights(START.date(), STAY.end.date()), STAY),
            ttl=TTL,
        )

    race = run(*[claim] * 20)

    assert race.winners == 5
    assert race.refusals == {"Unavailable": 15}
    assert overlaps() == 0


def test_a_busy_unit_does_not_stop_the_rest_of_its_type() -> None:
    """While somebody sits on the lock of one unit, the next caller gets the other one without waiting."""
    listing = unit_type_listing(units=2)
    busy, answered = threading.Event(), threading.Event()
    first = Unit.objects.system("race").filter(unit_type=listing.unit_type).order_by("id").first()
    assert first is not None

    def sit_on_it() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM properties_unit WHERE id = %s FOR NO KEY UPDATE", [first.pk])
        busy.set()
        assert answered.wait(timeout=10)

    def claim() -> object:
        busy.wait(timeout=10)
        try:
            return claim_listing(
                actor=GUEST,
                wish=ListingWish(listing, Nights(START.date(), STAY.end.date()), STAY),
                ttl=TTL,
            )
        finally:
            answered.set()

    race = run(sit_on_it, claim)

    assert race.winners == 2
    assert Allocation.objects.get().unit_id != first.pk


def test_a_stuck_lock_ends_in_a_refusal_not_in_an_endless_wait() -> None:
    unit = UnitFactory()
    busy, answered = threading.Event(), threading.Event()

    def sit_on_it() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM properties_unit WHERE id = %s FOR NO KEY UPDATE", [unit.pk])
        busy.set()
        assert answered.wait(timeout=10)

    def claim() -> object:
        busy.wait(timeout=10)
        try:
            return hold(unit)
        finally:
            answered.set()

    with changed_function(("SET lock_timeout TO '2s'", "SET lock_timeout TO '100ms'")):
        race = run(sit_on_it, claim)

    (refusal,) = [answer for answer in race.answers if isinstance(answer, Exception)]
    assert isinstance(refusal, Unavailable)
    assert [reason.code for reason in refusal.reasons] == ["busy"]


# --- expiry ---------------------------------------------------------------------------------------------------


def test_a_due_hold_is_either_converted_or_lost_never_both() -> None:
    """Convert, the sweeper and the next caller meet at the moment of expiry."""
    for _round in range(15):
        unit = UnitFactory()
        with transaction.atomic():
            claim_id = hold(unit)
        clock.move(TTL)

        def convert(claim_id: UUID = claim_id) -> str:
            convert_claim(actor=GUEST, claim_id=claim_id, purpose=Purpose.BOOKING)
            return "converted"

        def take(unit: Unit = unit) -> str:
            hold(unit)
            return "taken"

        race = run(convert, take, lambda: lapse_holds(limit=100))

        kept = "converted" in race.answers
        assert kept != any(isinstance(answer, ClaimLapsed) for answer in race.answers)
        assert not (kept and "taken" in race.answers)
        assert Claim.objects.system("race").filter(pk=claim_id, released_at=None).exists() is kept
        assert Allocation.objects.filter(claim_id=claim_id).exists() is kept
        assert overlaps() == 0


def test_two_callers_who_meet_one_lapsed_hold_on_different_units_both_win() -> None:
    before = _deadlocks()
    for _round in range(10):
        units = _same_company(3)
        with transaction.atomic():
            hold(*units)
        clock.move(TTL)
        assert run(*[lambda unit=unit: hold(unit) for unit in units]).winners == 3
    assert _deadlocks() == before
    assert overlaps() == 0


def test_sweepers_do_not_lapse_a_hold_twice() -> None:
    with transaction.atomic():
        for unit in UnitFactory.create_batch(10):
            hold(unit)
    clock.move(TTL)

    race = run(*[lambda: lapse_holds(limit=100)] * 4)

    assert sum(answer for answer in race.answers if isinstance(answer, int)) + lapse_holds(limit=100) == 10
    assert not Allocation.objects.exists()


def test_a_hold_is_extended_once_however_often_it_is_asked() -> None:
    unit = UnitFactory()
    with transaction.atomic():
        claim_id = hold(unit)

    race = run(*[lambda: extend_claim(actor=GUEST, claim_id=claim_id, by=TTL)] * 8)

    assert race.winners == 1
    assert race.refusals == {"Conflict": 7}


def test_releasing_and_claiming_meet_without_loss() -> None:
    for _round in range(10):
        unit = UnitFactory()
        with transaction.atomic():
            claim_id = hold(unit)

        race = run(
            lambda claim_id=claim_id: release_claim(actor=GUEST, claim_id=claim_id),
            lambda claim_id=claim_id: release_claim(actor=GUEST, claim_id=claim_id),
            lambda unit=unit: str(hold(unit)),
        )

        assert [answer for answer in race.answers if isinstance(answer, bool)].count(True) == 1
        assert overlaps() == 0


def test_a_herd_on_one_listing_gets_alternatives_in_time() -> None:
    check_in = clock.now().date() + timedelta(days=30)
    start = datetime.combine(check_in, datetime.min.time(), tzinfo=UTC) + timedelta(hours=20)
    listing = ListingFactory()

    def claim() -> object:
        return claim_listing(
            actor=GUEST,
            wish=ListingWish(
                listing,
                Nights(check_in, check_in + timedelta(days=2)),
                Period(start, start + timedelta(days=2, hours=-5)),
            ),
            ttl=TTL,
        )

    race = run(*[claim] * CALLERS)

    assert race.winners == 1
    refusals = [answer for answer in race.answers if isinstance(answer, Unavailable)]
    assert len(refusals) == CALLERS - 1
    assert all(len(refusal.alternatives) == 3 for refusal in refusals)
