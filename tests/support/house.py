"""A whole running house, its database and its gateway's books, for tests that come through the front door."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import psycopg
import pytest

from freehold.cli import practice
from freehold.cli.home import Home
from freehold.cli.machine import first_number
from freehold.reports.integrity import CHECKS
from tests.cli.running import ROOT, RunningDemo, clean_environment, living, wait_for
from tests.simulators.sandbox_process import free_port
from tests.support.gateways.tills import TILLS
from tests.support.guest import Guest

PLACES = 150
CALM_WITHIN = 60.0


class House:
    """One home and its process tree. Every test takes a place of its own from `place()`."""

    def __init__(self, running: RunningDemo) -> None:
        self.running = running
        self.home = Home(running.home)
        cluster = self.home.cluster()
        assert cluster.join()
        self.database_url = cluster.url
        self.site = f"http://127.0.0.1:{running.state['web_port']}"
        self.gateway = f"http://127.0.0.1:{running.state['gateway_port']}"
        self.gateway_key = self.home.secret("sandbox_api_key")
        self._places = iter(self._make_places())

    def _make_places(self) -> list[str]:
        made = subprocess.run(
            [sys.executable, "-m", "tests.support.stock", str(PLACES)],
            env={
                **clean_environment(self.home.path),
                **self.home.environment(database_url=self.database_url),
                "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert made.returncode == 0, made.stderr
        places: list[str] = json.loads(made.stdout.splitlines()[-1])
        return places

    def place(self) -> str:
        """A listing that nobody has booked: 100.00 USD a night, all back until five days before arrival."""
        return next(self._places)

    def guest(self) -> Guest:
        return Guest(self.site)

    # --- looking inside ---------------------------------------------------------------------------------

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def number(self, statement: str, *values: Any) -> int:
        return int(self.sql(statement, *values)[0][0] or 0)

    def mails_to(self, address: str) -> list[dict[str, Any]]:
        """Newest first."""
        box = httpx.get(f"{self.site}/dev/mailbox.json", trust_env=False, timeout=20).json()["results"]
        return [mail for mail in box if mail["to"] == address]

    def gateway_api(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.gateway_key}"}
        answer = httpx.request(method, self.gateway + path, headers=headers, trust_env=False, timeout=20, **arguments)
        answer.raise_for_status()
        body: dict[str, Any] = answer.json()
        return body

    def pages(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["sequence"] if found else 0
            page = self.gateway_api("GET", path, params={"starting_after": after})
            found += page["data"]
            if not page["has_more"]:
                return found

    def gateway_lines(self, booking: dict[str, Any]) -> list[int]:
        """What the gateway's ledger says of a booking, oldest first: charges positive, refunds negative (minor)."""
        objects = self.objects_of(booking)
        return [line["amount"] for line in self.pages("/v1/ledger") if line["related"] in objects]

    def objects_of(self, booking: dict[str, Any]) -> set[str]:
        """The gateway's ids of the booking's payments."""
        return {row[0] for row in self.sql(_OBJECTS_OF_BOOKING, booking["id"])}

    def deliveries_of(self, booking: dict[str, Any]) -> list[tuple[str, str]]:
        """The gateway's messages about a booking's payments, and what became of each delivery, from its own books."""
        books = self.home.path / "sandbox" / "books.sqlite3"
        with sqlite3.connect(f"file:{books}?mode=ro", uri=True) as connection:
            rows = connection.execute("SELECT object_id, e.id, state FROM delivery JOIN event AS e ON e.id = event_id")
            ours = self.objects_of(booking)
            return [(event, state) for object_id, event, state in rows if object_id in ours]

    def is_all_delivered(self, booking: dict[str, Any]) -> bool:
        return {state for _event, state in self.deliveries_of(booking)} == {"delivered"}

    def events_of(self, booking: dict[str, Any]) -> list[tuple[str, str]]:
        """Names and states of the messages that this house has about a booking's payments."""
        rows = self.sql(
            "SELECT dedupe_key, state FROM payments_gatewayevent WHERE object_id = ANY(%s)",
            list(self.objects_of(booking)),
        )
        return [(key, state) for key, state in rows]

    # --- moving time for one booking --------------------------------------------------------------------

    def let_lapse(self, booking: dict[str, Any]) -> None:
        """Puts the deadline of one hold into the past, as if the guest had waited; nobody has swept it yet."""
        with psycopg.connect(self.database_url) as connection:
            for statement in LAPSE:
                connection.execute(statement, [booking["id"]])

    def look_now(self, booking: dict[str, Any]) -> None:
        """Makes the payments and refunds of one booking due for the reconciler."""
        for table in ("payments_payment", "payments_refund"):
            self.sql(
                f"UPDATE {table} SET next_fetch_at = freehold_now() WHERE next_fetch_at IS NOT NULL"
                " AND folio_id = (SELECT folio_id FROM bookings_booking WHERE id = %s)",
                booking["id"],
            )

    # --- the promises -----------------------------------------------------------------------------------

    def broken_promises(self) -> list[str]:
        """The independent checker's findings, and the one promise that needs both books."""
        with psycopg.connect(self.database_url) as connection:
            broken = [check.name for check in CHECKS if connection.execute(check.sql).fetchone() is not None]
        theirs, ours = self.gateways_hold(), {row[0]: int(row[1]) for row in self.sql(_OUR_CLEARING) if row[1]}
        if theirs != ours:
            broken.append(f"books differ: gateways {theirs}, ours {ours}")
        return broken

    def gateways_hold(self) -> dict[str, int]:
        """What the books of all gateways say, by currency."""
        total: Counter[str] = Counter()
        for name in (practice.SANDBOX, *practice.NAMES):
            till = TILLS[name](SimpleNamespace(name=name, home=self.home.path))
            total.update(till.held())
        return {currency: minor for currency, minor in total.items() if minor}

    def has_calmed_down(self) -> bool:
        return not self.number("SELECT count(*) FROM core_outboxmessage WHERE state = 'pending'")

    def assert_all_is_well(self) -> None:
        """Waits until nothing is under way, then asks the checker."""
        deadline = time.monotonic() + CALM_WITHIN
        while not (self.has_calmed_down() and not self.broken_promises()):
            if time.monotonic() > deadline:
                break
            time.sleep(0.2)
        assert self.broken_promises() == []
        assert self.has_calmed_down(), self.sql(_STUCK)

    def verify(self) -> subprocess.CompletedProcess[str]:
        """`freehold manage verify`, as an operator runs it."""
        return subprocess.run(
            [sys.executable, "-P", "-m", "freehold", "manage", "verify"],
            env=clean_environment(self.home.path),
            capture_output=True,
            text=True,
            timeout=120,
        )

    def postgres_log(self) -> str:
        return (self.home.path / "logs" / "postgres.log").read_text(errors="replace")

    # --- accidents --------------------------------------------------------------------------------------

    def kill(self, service: str) -> None:
        """kill -9 of web, worker, gateway or postgres, and nothing else: the supervisor has to notice."""
        os.kill(self.running.pid_of(service), signal.SIGKILL)

    def restart_database(self) -> None:
        """Ends PostgreSQL at once, with all its sessions; the supervisor starts it again."""
        known, before = self.home.path / "run" / "postgres.pid", self.running.pid_of("postgres")
        os.kill(before, signal.SIGQUIT)
        wait_for(lambda: first_number(known) not in (None, before), CALM_WITHIN, self.postgres_log)
        self.wait_until_ready()

    def crash_and_start_again(self) -> None:
        """kill -9 of the supervisor, with which everything dies, and a second start on the same home."""
        home, port = self.running.home, self.running.state["web_port"]
        processes = self.running.processes()
        self.running.process.kill()
        self.running.process.wait()
        wait_for(lambda: not living(processes), CALM_WITHIN, lambda: "\n".join(living(processes)))
        self.running = RunningDemo(home, "--port", str(port))
        self.running.wait_until_welcome()

    def wait_until_ready(self) -> None:
        wait_for(self.is_ready, CALM_WITHIN, lambda: f"{self.running.readiness()}\n{self.running.said[-2000:]}")

    def is_ready(self) -> bool:
        try:
            up = httpx.get(f"{self.gateway}/healthz", trust_env=False, timeout=2).is_success
        except httpx.TransportError:
            return False
        return up and self.running.is_ready()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One running house for all tests of this process that want it."""
    home: Path = tmp_path_factory.mktemp("house")
    running = RunningDemo(home, "--port", str(free_port()))
    try:
        running.wait_until_welcome()
        house = House(running)
        yield house
        running = house.running
    finally:
        running.stop()


_OBJECTS_OF_BOOKING = """
    SELECT p.object_id FROM payments_payment AS p
      JOIN bookings_booking AS b ON b.folio_id = p.folio_id WHERE b.id = %s AND p.object_id <> ''
"""

# Fees apart: gateways keep them in books of their own.
_OUR_CLEARING = """
    SELECT p.currency, sum(p.amount_minor) FROM finance_posting AS p
      JOIN finance_account AS a ON a.id = p.account_id JOIN finance_journalentry AS e ON e.id = p.entry_id
     WHERE a.code = 'gateway_clearing' AND e.kind <> 'gateway_fee' GROUP BY p.currency
"""

_STUCK = "SELECT event, handler, attempts, last_error FROM core_outboxmessage WHERE state = 'pending'"

_PAST = "freehold_now() - interval '1 second'"
_CLAIMS_OF_BOOKING = "SELECT claim_id FROM bookings_bookingitem WHERE booking_id = %s"
LAPSE = (
    f"UPDATE inventory_claim SET expires_at = {_PAST} WHERE id IN ({_CLAIMS_OF_BOOKING})",
    f"UPDATE inventory_allocation SET expires_at = {_PAST} WHERE claim_id IN ({_CLAIMS_OF_BOOKING})",
    f"UPDATE bookings_booking SET hold_expires_at = {_PAST} WHERE id = %s",
)
