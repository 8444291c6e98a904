"""A hold as a service call against the raw transaction of the same rows, in as many processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench.baselines.raw_hold import RawHold
from bench.lab import Lab
from bench.load import Operation, closed_loop
from bench.results import Baseline, Goal, Row
from bench.rows.holding import Market, hold, open_market, raw_operation

NAME = "hold_service"


def measure(lab: Lab) -> Iterator[Row]:
    market = open_market(lab)
    for clients in (1, lab.amounts.clients):
        yield _compare(lab, market, clients)


def target(lab: Lab) -> Callable[[], object]:
    market = open_market(lab)
    return lambda: hold(market.people[0], market.slots.take())


def service_operation(market: Market) -> Callable[[int], Operation]:
    def make(number: int) -> Operation:
        person = market.people[number]

        def operation() -> str | None:
            hold(person, market.slots.take())
            return None

        return operation

    return make


def _compare(lab: Lab, market: Market, clients: int) -> Row:
    ours: list[float] = []
    raw: list[float] = []
    for _ in range(lab.amounts.repeats):
        raw.append(_rate(lab, raw_operation(lab, market), clients))
        ours.append(_rate(lab, service_operation(market), clients))
    return Row(
        NAME,
        f"hold as a service, {clients} client{'s' if clients > 1 else ''}",
        "/s",
        ours,
        # One client waits for each round trip; the goal speaks of a busy server.
        Goal("at_least", 0.40, "ratio") if clients > 1 else None,
        Baseline("raw transaction", raw),
        facts=_facts(market.raw),
    )


def _rate(lab: Lab, make: Callable[[int], Operation], clients: int) -> float:
    return closed_loop(make, clients=clients, seconds=lab.amounts.seconds).rate


def _facts(raw: RawHold) -> dict[str, object]:
    return {"rows of a hold": raw.tables}
