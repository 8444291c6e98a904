"""Callers that start together on the calendar, and the guards to take away from it."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection, connections, transaction

from freehold.core.actor import Actor
from freehold.domain.periods import Period
from freehold.inventory.models import Purpose
from freehold.inventory.services.claim_units import claim_units
from freehold.properties.models import Unit

GUEST = Actor.system("race")
TTL = timedelta(minutes=15)
START = datetime(2030, 6, 3, 19, tzinfo=UTC)
STAY = Period(START, START + timedelta(days=2, hours=20))
CALLERS = 50


@dataclass
class Race:
    """What each caller got, and how many seconds after the first winner it knew."""

    answers: list[object] = field(default_factory=list)
    finished: list[tuple[float, bool]] = field(default_factory=list)

    @property
    def winners(self) -> int:
        return sum(not isinstance(answer, Exception) for answer in self.answers)

    @property
    def refusals(self) -> Counter[str]:
        return Counter(type(answer).__name__ for answer in self.answers if isinstance(answer, Exception))

    @property
    def slowest_after_winner(self) -> float:
        won_at = min(at for at, won in self.finished if won)
        return max(at for at, _won in self.finished) - won_at


def run(*attempts: Callable[[], object]) -> Race:
    """Runs every attempt in a thread and a transaction of its own, from one starting line."""
    race, line = Race(), threading.Barrier(len(attempts))

    def runner(attempt: Callable[[], object]) -> None:
        connection.ensure_connection()
        line.wait()
        try:
            with transaction.atomic():
                answer: object = attempt()
        except Exception as error:
            answer = error
        race.finished.append((time.monotonic(), not isinstance(answer, Exception)))
        race.answers.append(answer)
        connections.close_all()

    threads = [threading.Thread(target=runner, args=[attempt]) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return race


def hold(*units: Unit, period: Period = STAY) -> UUID:
    claim = claim_units(
        actor=GUEST,
        company_id=units[0].company_id,
        unit_ids=[unit.pk for unit in units],
        period=period,
        purpose=Purpose.HOLD,
        ttl=TTL,
    )
    return claim.id


def overlaps() -> int:
    """Pairs of allocations that contradict each other, counted without the constraint's help."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM inventory_allocation a JOIN inventory_allocation b"
            " ON a.unit_id = b.unit_id AND a.id < b.id AND a.period && b.period"
        )
        (count,) = cursor.fetchone()
    return count


@contextmanager
def without_constraint() -> Iterator[None]:
    """The table without its exclusion constraint; what broke it is deleted before it comes back."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE inventory_allocation DROP CONSTRAINT inventory_allocation_no_overlap")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE inventory_allocation")
            cursor.execute(
                "ALTER TABLE inventory_allocation ADD CONSTRAINT inventory_allocation_no_overlap"
                " EXCLUDE USING gist (unit_id WITH =, period WITH &&)"
            )


@contextmanager
def changed_function(*changes: tuple[str, str]) -> Iterator[None]:
    """The claiming function with some phrases replaced, wherever they stand."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('inventory_claim'::regproc)")
        (definition,) = cursor.fetchone()
        changed = definition
        for old, new in changes:
            assert old in changed
            changed = changed.replace(old, new)
        cursor.execute(changed)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(definition)


@contextmanager
def without_unit_locks() -> Iterator[None]:
    """Claims read the units as always, but lock nothing."""
    with changed_function(("FOR NO KEY UPDATE NOWAIT", ""), ("FOR NO KEY UPDATE", "")):
        yield
