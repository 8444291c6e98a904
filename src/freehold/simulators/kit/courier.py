"""Carries out what is due: messages that are owed, and changes that were planned for later.

At least once: a delivery counts as made only after its 2xx was committed, so a killed process repeats it.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import httpx

from freehold.simulators.kit.books import Books, Row

LONGEST_SLEEP_S = 5.0
PARALLEL = 8
CONNECT_TIMEOUT_S = 3.0

type NextTry = Callable[[int, float], float | None]
"""(failures so far, age of the delivery in seconds) -> seconds until the next try, or None to give up."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One HTTP POST as it goes out now."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


type Seal = Callable[[Row], Letter]
"""Makes the letter of an owed delivery. The row has the delivery's columns, and `type`, `object_id`, `url` (where it
goes) and `body` of its message. Sign with the real time: receivers check a signature's age by their own clock."""

type Job = Callable[[str], None]
"""Does a planned change of the object with this id, inside a transaction."""


def doubling(*, first_s: float, longest_s: float, give_up_after_s: float) -> NextTry:
    """Pauses that double from `first_s` up to `longest_s`, give or take a fifth."""

    def next_try(failures: int, age_s: float) -> float | None:
        if age_s > give_up_after_s:
            return None
        usual = min(first_s * 2.0 ** min(failures - 1, 20), longest_s)
        return usual * random.uniform(0.8, 1.2)  # noqa: S311 - jitter

    return next_try


def never_again(failures: int, age_s: float) -> float | None:
    """For a vendor that tells once."""
    return None


class Courier:
    def __init__(
        self,
        books: Books,
        *,
        seal: Seal,
        next_try: NextTry,
        jobs: Mapping[str, Job] | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        self._books = books
        self._seal = seal
        self._next_try = next_try
        self._jobs = dict(jobs or {})
        self._timeout = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S)
        self._wake = asyncio.Event()
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._books.after_commit = self._wake.set

    async def run(self) -> None:
        """Work until cancelled. What was owed before a restart is tried at once."""
        with self._books.transaction():
            self._books.write(
                "UPDATE delivery SET next_at = :now WHERE state = 'owed' AND attempts > 0 AND next_at > :now",
                now=self._books.now(),
            )
        async with httpx.AsyncClient(timeout=self._timeout, trust_env=False) as client:
            while True:
                self._wake.clear()
                self._run_jobs()
                self._start_deliveries(client)
                try:
                    await asyncio.wait_for(self._wake.wait(), self._idle_s())
                except TimeoutError:
                    continue

    def _idle_s(self) -> float:
        """Seconds until something falls due."""
        row = self._books.row(
            "SELECT min(at) AS at FROM (SELECT min(due_at) AS at FROM job"
            " UNION ALL SELECT min(next_at) FROM delivery WHERE state = 'owed' AND next_at > :now)",
            now=self._books.now(),
        )
        if row is None or row["at"] is None:
            return LONGEST_SLEEP_S
        return float(min(max(row["at"] - self._books.now(), 0.005), LONGEST_SLEEP_S))

    def _run_jobs(self) -> None:
        due = self._books.rows("SELECT * FROM job WHERE due_at <= :now ORDER BY due_at, id", now=self._books.now())
        for job in due:
            with self._books.transaction():
                self._books.write("DELETE FROM job WHERE id = :id", id=job["id"])
                self._jobs[job["action"]](job["object_id"])

    def _start_deliveries(self, client: httpx.AsyncClient) -> None:
        room = PARALLEL - len(self._under_way)
        due = self._books.rows(
            "SELECT delivery.*, event.type, event.object_id, coalesce(delivery.address, event.url) AS url, event.body"
            " FROM delivery JOIN event ON event.id = event_id"
            " WHERE state = 'owed' AND next_at <= :now ORDER BY next_at, delivery.id LIMIT :most",
            now=self._books.now(),
            most=2 * PARALLEL,
        )
        for delivery in [row for row in due if row["id"] not in self._under_way][:room]:
            task = asyncio.create_task(self._deliver(client, delivery))
            self._under_way[delivery["id"]] = task
            task.add_done_callback(partial(self._finished, delivery["id"]))

    def _finished(self, delivery_id: int, _: asyncio.Task[None]) -> None:
        self._under_way.pop(delivery_id, None)
        self._wake.set()

    async def _deliver(self, client: httpx.AsyncClient, delivery: Row) -> None:
        letter = self._seal(delivery)
        started = time.monotonic()
        status, error = None, None
        try:
            response = await client.post(letter.url, content=letter.body, headers=dict(letter.headers))
            status = response.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            error = type(failure).__name__
        self._record(delivery, status, error, round((time.monotonic() - started) * 1000))

    def _record(self, delivery: Row, status: int | None, error: str | None, duration_ms: int) -> None:
        now, attempts = self._books.now(), delivery["attempts"] + 1
        heard = status is not None and 200 <= status < 300
        pause = None if heard else self._next_try(attempts, now - delivery["created"])
        state = "delivered" if heard else "given_up" if pause is None else "owed"
        with self._books.transaction():
            if not self._books.row("SELECT 1 FROM delivery WHERE id = :id AND created = :created", **_named(delivery)):
                return  # the books were emptied meanwhile
            self._books.insert(
                "delivery_attempt",
                delivery_id=delivery["id"],
                at=now,
                status=status,
                error=error,
                duration_ms=duration_ms,
            )
            self._books.write(
                "UPDATE delivery SET state = :state, attempts = :attempts, next_at = :next_at WHERE id = :id",
                state=state,
                attempts=attempts,
                next_at=now + (pause or 0.0),
                id=delivery["id"],
            )


def _named(delivery: Row) -> dict[str, float]:
    return {"id": delivery["id"], "created": delivery["created"]}
