"""The plain design as a running server, and a client's request to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from bench.http import Line, post_request
from bench.lab import Lab
from bench.load import Operation
from bench.results import NotMeasured
from bench.servers import serving
from bench.slots import Slots
from bench.world.make import OpenListing

DATABASE = "bench_plain"
INTAKE_DATABASE = "bench_plain_intake"
PEOPLE = 64
STAYS_OF_A_ROOM = 32
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class PlainServer:
    port: int
    rooms: list[int]
    tokens: list[str]
    slots: Slots

    def operation(self) -> Callable[[int], Operation]:
        def make(number: int) -> Operation:
            line = Line(self.port)
            asked = number

            def operation() -> str | None:
                nonlocal asked
                asked += 1
                slot = self.slots.take()
                booking = {
                    "room": self.rooms[slot.listing.listing_id.int],
                    "check_in": slot.check_in,
                    "check_out": slot.check_out,
                    "guests": 2,
                }
                token = self.tokens[asked % len(self.tokens)]
                status, body = line.ask(post_request("/api/bookings/", orjson.dumps(booking), token=token))
                return None if status == 201 else f"{status} {body[:200]!r}"

            return operation

        return make


@contextmanager
def plain_design(lab: Lab) -> Iterator[PlainServer]:
    """As many rooms and stays as the market has places, on the same PostgreSQL, served the same way."""
    rooms = min(lab.amounts.scales) + lab.amounts.open_listings
    # Numbers of rooms, in the clothes of listings.
    free = [OpenListing(UUID(int=index), _NOBODY) for index in range(lab.amounts.open_listings)]
    with _served(lab, DATABASE, rooms=rooms, stays=STAYS_OF_A_ROOM, people=PEOPLE) as (port, answer):
        yield PlainServer(port, answer["rooms"], answer["tokens"], Slots(free, datetime.now(UTC).date()))


@contextmanager
def plain_intake(lab: Lab) -> Iterator[int]:
    """The port of a server that keeps what somebody sends, and has nothing else to do."""
    with _served(lab, INTAKE_DATABASE, rooms=1, stays=1, people=1) as (port, _answer):
        yield port


@contextmanager
def _served(lab: Lab, database: str, *, rooms: int, stays: int, people: int) -> Iterator[tuple[int, dict[str, Any]]]:
    lab.say("The plain design")
    lab.create(database, template="template1")
    environment = {**lab.environment(database), "DJANGO_SETTINGS_MODULE": "bench.plain.settings"}
    prepared = subprocess.run(
        [sys.executable, "-P", "-m", "bench.plain.prepare", str(rooms), str(stays), str(people)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if prepared.returncode:
        raise NotMeasured(f"the plain design could not be prepared: {prepared.stderr[-500:]}")
    log = lab.cluster.home / "logs" / "plain.log"
    with serving("plain", environment=environment, log=log, application="bench.plain.app:application") as port:
        yield port, json.loads(prepared.stdout)
