"""Carries out what is due: webhooks that are owed, and changes that were planned for later.

At least once: a delivery counts as made only after its 2xx was committed, so a killed process repeats it.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from functools import partial

import httpx

from freehold.simulators.sandbox.books import Row
from freehold.simulators.sandbox.gateway import Gateway
from freehold.simulators.sandbox.signing import HEADER, sign

FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 3600.0
GIVE_UP_AFTER_S = 3 * 24 * 3600.0
LONGEST_SLEEP_S = 5.0
PARALLEL = 8
TIMEOUT = httpx.Timeout(10.0, connect=3.0)


def retry_delay(attempts: int) -> float:
    """Seconds before the next try after `attempts` failures: 0.5, 1, 2 ... one hour, give or take a fifth."""
    usual = min(FIRST_RETRY_S * 2.0 ** min(attempts - 1, 20), LONGEST_RETRY_S)
    return usual * random.uniform(0.8, 1.2)  # noqa: S311 - jitter


class Courier:
    def __init__(self, gateway: Gateway, *, secrets: Sequence[str]) -> None:
        self._gateway = gateway
        self._books = gateway.books
        self._secrets = tuple(secrets)
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
        async with httpx.AsyncClient(timeout=TIMEOUT, trust_env=False) as client:
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
                self._do(job)

    def _do(self, job: Row) -> None:
        match job["action"]:
            case "expire":
                self._gateway.expire(job["object_id"])
            case "collect":
                amount = self._gateway.payment(job["object_id"])["amount"]
                self._gateway.collect(job["object_id"], amount=amount)
            case "fail_refund":
                self._gateway.fail_refund(job["object_id"])
            case "reverse_payout":
                self._gateway.reverse_payout(job["object_id"])
            case unknown:
                raise ValueError(f"unknown job {unknown}")

    def _start_deliveries(self, client: httpx.AsyncClient) -> None:
        room = PARALLEL - len(self._under_way)
        due = self._books.rows(
            "SELECT delivery.*, event.url, event.body FROM delivery JOIN event ON event.id = event_id"
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
        body = delivery["body"].encode()
        # The signature tells the real time, even when the gateway's clock was moved: receivers check its age.
        signature = sign(body, secrets=self._secrets, at=int(time.time()))
        headers = {HEADER: signature, "Content-Type": "application/json", "User-Agent": "freehold-sandbox/1"}
        started = time.monotonic()
        status, error = None, None
        try:
            response = await client.post(delivery["url"], content=body, headers=headers)
            status = response.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as failure:
            error = type(failure).__name__
        self._record(delivery, status, error, round((time.monotonic() - started) * 1000))

    def _record(self, delivery: Row, status: int | None, error: str | None, duration_ms: int) -> None:
        now, attempts = self._books.now(), delivery["attempts"] + 1
        if status is not None and 200 <= status < 300:
            state = "delivered"
        else:
            state = "given_up" if now - delivery["created"] > GIVE_UP_AFTER_S else "owed"
        with self._books.transaction():
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
                next_at=now + retry_delay(attempts),
                id=delivery["id"],
            )
