"""So many callers for one unit at the same instant: how long the losers wait to be told, and what breaks.

The baseline is the raw transaction without the lock on the unit: as safe by its constraint, but losers wait for each
other until dead-lock detection ends it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
from django.db import connection as django_connection

from bench.http import Line, ask_all_at_once, post_request
from bench.lab import Lab
from bench.load import Call, crowd
from bench.results import Baseline, Goal, NotMeasured, Row, percentile
from bench.rows.hold_http import PATH, body_of
from bench.rows.holding import Market, hold, open_market
from bench.servers import serving
from bench.slots import Slot
from freehold.core.errors import FreeholdError

NAME = "crowd"
_WON = ""
# What a caller of the bare insert does before it gives up.
_BARE_PATIENCE = "60s"


def measure(lab: Lab) -> Iterator[Row]:
    market = open_market(lab)
    callers = lab.amounts.callers
    bare = [_bare_insert(lab, market) for _ in range(lab.amounts.repeats)]
    yield from _rows(lab, market, f"{callers} callers in process", _in_process, bare)
    yield from _rows(lab, market, f"{callers} callers over HTTP", _over_http, bare)


def _rows(
    lab: Lab,
    market: Market,
    name: str,
    ask: Callable[[Lab, Market], list[list[Call]]],
    bare: list[list[Call]],
) -> Iterator[Row]:
    before = _deadlocks(lab, market.database)
    groups = ask(lab, market)
    deadlocks = _deadlocks(lab, market.database) - before
    losers = [[call.milliseconds for call in calls if call.outcome != _WON] for calls in groups]
    outcomes = Counter(call.outcome or "won" for calls in groups for call in calls)
    facts = {
        "loser p50 ms": percentile([each for calls in losers for each in calls], 0.5),
        "outcomes": dict(outcomes),
        "rounds a repeat": lab.amounts.crowd_rounds,
    }
    yield Row(
        NAME,
        f"{name}: loser p95",
        "ms",
        [percentile(calls, 0.95) for calls in losers],
        Goal("at_most", 60),
        Baseline("without the lock", [percentile([call.milliseconds for call in calls], 0.95) for calls in bare]),
        facts,
    )
    yield Row(NAME, f"{name}: dead-locks", "", [float(deadlocks)], Goal("at_most", 0))
    faults = sum(count for outcome, count in outcomes.items() if outcome not in {"won", "409", "unavailable"})
    yield Row(NAME, f"{name}: neither yes nor no", "", [float(faults)], Goal("at_most", 0))


def _in_process(lab: Lab, market: Market) -> list[list[Call]]:
    """Threads in as many processes as there are processors, each with a connection of its own."""

    def ask_for(slot: Slot) -> Callable[[int], Callable[[], str]]:
        def make(index: int) -> Callable[[], str]:
            django_connection.ensure_connection()

            def call() -> str:
                try:
                    hold(market.people[index % len(market.people)], slot)
                except FreeholdError as refusal:
                    return str(refusal.code)
                except Exception as error:
                    return type(error).__name__
                return _WON

            return call

        return make

    return _rounds(lab, lambda: crowd(ask_for(market.slots.take()), callers=lab.amounts.callers, processes=_cores()))


def _over_http(lab: Lab, market: Market) -> list[list[Call]]:
    log = lab.cluster.home / "logs" / "crowd.log"
    with serving("web", environment=lab.environment(market.database), log=log) as port:
        lines = [Line(port) for _ in range(lab.amounts.callers)]

        def once() -> list[Call]:
            body = body_of(market.slots.take())
            people = [market.people[index % len(market.people)] for index in range(len(lines))]
            requests = [post_request(PATH, body, token=person.token, key=uuid4().hex) for person in people]
            return [
                Call(milliseconds, _WON if status == 201 else str(status))
                for milliseconds, status in ask_all_at_once(lines, requests)
            ]

        once()
        found = _rounds(lab, once)
        for line in lines:
            line.close()
    return found


def _bare_insert(lab: Lab, market: Market) -> list[Call]:
    """One round: it may take many seconds."""
    slot = market.slots.take()

    def make(_index: int) -> Callable[[], str]:
        connection = lab.connect(market.database)
        connection.execute("SELECT set_config('statement_timeout', %s, false)", [_BARE_PATIENCE])

        def call() -> str:
            try:
                market.raw.write(connection, slot, lock=False)
            except psycopg.Error as error:
                return str(error.sqlstate)
            return _WON

        return call

    calls = crowd(make, callers=lab.amounts.callers, processes=_cores())
    return [call for call in calls if call.outcome != _WON]


def _rounds(lab: Lab, once: Callable[[], list[Call]]) -> list[list[Call]]:
    """Per repeat the calls of all rounds. Raises NotMeasured unless each round has exactly one winner."""
    groups = []
    for _ in range(lab.amounts.repeats):
        calls: list[Call] = []
        for _round in range(lab.amounts.crowd_rounds):
            answers = once()
            winners = sum(call.outcome == _WON for call in answers)
            if winners != 1:
                raise NotMeasured(f"{winners} winners: {Counter(call.outcome for call in answers)}")
            calls += answers
        groups.append(calls)
    return groups


def _deadlocks(lab: Lab, database: str) -> int:
    """As the server has counted them; sessions report what they saw when they end."""
    django_connection.close()
    with lab.connect("postgres") as connection:
        row = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = %s", [database]).fetchone()
    assert row is not None
    return int(row[0])


def _cores() -> int:
    return os.cpu_count() or 1
