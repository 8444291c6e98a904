"""A hold over HTTP with everything that Freehold checks, against the raw transaction and the plain design.

Every request carries a bearer token whose session is looked up, an Idempotency-Key, and counts against its person's
limit; the price is worked out, the calendar asked, the answer rendered in full.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from uuid import uuid4

import orjson
from django.test import Client

from bench.http import Line, post_request
from bench.lab import Lab
from bench.load import Burst, Operation, closed_loop
from bench.plain.server import PlainServer, plain_design
from bench.results import Baseline, Goal, Row, percentile
from bench.rows.holding import Market, open_market, raw_operation
from bench.servers import serving
from bench.slots import Slot

NAME = "hold_http"
PATH = "/api/v1/bookings/"


def measure(lab: Lab) -> Iterator[Row]:
    market = open_market(lab)
    log = lab.cluster.home / "logs" / "web.log"
    with (
        plain_design(lab) as plain,
        serving("web", environment=lab.environment(market.database), log=log) as port,
    ):
        raw, ours, simple = _bursts(lab, market, plain, port)
    facts = {"p50 ms": percentile(ours[-1].latencies, 0.5), "p95 ms": percentile(ours[-1].latencies, 0.95)}
    rates = [burst.rate for burst in ours]
    name = f"hold over HTTP, {lab.amounts.clients} clients"
    yield Row(
        NAME,
        f"{name}, to raw",
        "/s",
        rates,
        Goal("at_least", 0.20, "ratio"),
        Baseline("raw transaction", [burst.rate for burst in raw]),
        facts,
    )
    yield Row(
        NAME,
        f"{name}, to plain DRF",
        "/s",
        rates,
        Goal("at_least", 2.0, "ratio"),
        Baseline("plain DRF", [burst.rate for burst in simple]),
        facts,
    )


def target(lab: Lab) -> Callable[[], object]:
    """The same request through the whole stack, in this process."""
    market, client = open_market(lab), _client()
    return lambda: _post_here(client, market, market.slots.take(), 201)


def refused_target(lab: Lab) -> Callable[[], object]:
    """What a loser costs: the space was taken a while ago."""
    market, client = open_market(lab), _client()
    slot = market.slots.take()
    _post_here(client, market, slot, 201)
    return lambda: _post_here(client, market, slot, 409)


def _client() -> Client:
    """To be kept: each client loads the middleware anew."""
    return Client(headers={"host": "127.0.0.1"})


def _post_here(client: Client, market: Market, slot: Slot, status: int) -> None:
    # By turns: the limits of the API count per person.
    person = random.choice(market.people)
    answer = client.post(
        PATH,
        body_of(slot),
        content_type="application/json",
        headers={"authorization": f"Bearer {person.token}", "idempotency-key": uuid4().hex},
    )
    assert answer.status_code == status, answer.content


def body_of(slot: Slot) -> bytes:
    item = {
        "listing_id": str(slot.listing.listing_id),
        "check_in": slot.check_in,
        "check_out": slot.check_out,
        "guests": {"adults": 2},
    }
    return orjson.dumps({"items": [item]})


def http_operation(market: Market, port: int) -> Callable[[int], Operation]:
    def make(number: int) -> Operation:
        line = Line(port)
        asked = number

        def operation() -> str | None:
            nonlocal asked
            asked += 1
            token = market.people[asked % len(market.people)].token
            status, body = line.ask(post_request(PATH, body_of(market.slots.take()), token=token, key=uuid4().hex))
            return None if status == 201 else f"{status} {body[:200]!r}"

        return operation

    return make


def _bursts(lab: Lab, market: Market, plain: PlainServer, port: int) -> tuple[list[Burst], list[Burst], list[Burst]]:
    """By turns, so that what else the machine does hits all three."""
    makers = (raw_operation(lab, market), http_operation(market, port), plain.operation())
    bursts: tuple[list[Burst], list[Burst], list[Burst]] = ([], [], [])
    for make in makers[1:]:
        # Every worker process compiles and connects at its first requests.
        closed_loop(make, clients=lab.amounts.clients, seconds=lab.amounts.seconds / 2)
    for _ in range(lab.amounts.repeats):
        for found, make in zip(bursts, makers, strict=True):
            found.append(closed_loop(make, clients=lab.amounts.clients, seconds=lab.amounts.seconds))
    return bursts
