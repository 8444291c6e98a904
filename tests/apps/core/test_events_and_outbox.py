"""What is announced is true; what must reach the outside gets there, once the cause is committed."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from freehold.companies.models import Company
from freehold.config import wiring
from freehold.core import clock, events, outbox
from freehold.core.clock import DatabaseNow
from freehold.core.ids import uuid7
from freehold.core.models import OutboxMessage
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True)
class Happened(events.Event):
    what: str
    who: UUID | None = None
    day: date | None = None
    moment: datetime | None = None
    times: int = 1
    again: bool = False


heard: list[Happened] = []
lock = threading.Lock()
failures: list[BaseException] = []


def listen(event: Happened) -> None:
    with lock:
        heard.append(event)
        if failures:
            raise failures[0]


def listen_too(event: Happened) -> None:
    with lock:
        heard.append(event)


def refuse(event: Happened) -> None:
    raise ValueError(event.what)


@pytest.fixture(autouse=True)
def own_subscriptions() -> Iterator[None]:
    heard.clear()
    failures.clear()
    events.forget_subscriptions()
    yield
    wiring.wire()


def announce(what: str = "something") -> None:
    with transaction.atomic():
        events.announce(Happened(what))


@transaction.atomic
def found_company_and_announce() -> None:
    CompanyFactory()
    announce()


def deliver(worker_id: str = "w1") -> int:
    outbox.beat(worker_id)
    return outbox.deliver_due(worker_id=worker_id)


def only_message() -> OutboxMessage:
    return OutboxMessage.objects.get()


def test_an_announcement_needs_a_transaction() -> None:
    with pytest.raises(RuntimeError):
        events.announce(Happened("x"))


def test_a_listener_in_the_transaction_hears_at_once_and_its_error_undoes_everything() -> None:
    events.subscribe(Happened, listen)
    announce()
    assert len(heard) == 1

    events.subscribe(Happened, refuse)
    with pytest.raises(ValueError, match="something"):
        found_company_and_announce()
    assert not Company.objects.exists()


def test_a_rollback_drops_the_messages() -> None:
    events.subscribe_outbox(Happened, listen)
    with transaction.atomic():
        events.announce(Happened("x"))
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()
    assert deliver() == 0


def test_facts_survive_the_way_through_the_database() -> None:
    events.subscribe_outbox(Happened, listen)
    event = Happened("ü", uuid7(), date(2028, 2, 29), datetime(2026, 3, 29, 1, 30, tzinfo=UTC), times=2**53, again=True)
    with transaction.atomic():
        events.announce(event)
    assert heard == []
    assert deliver() == 1
    assert heard == [event]
    assert only_message().state == OutboxMessage.State.DELIVERED
    assert deliver() == 0


def test_an_event_carries_plain_facts_only() -> None:
    events.subscribe_outbox(Happened, listen)
    with pytest.raises(TypeError), transaction.atomic():
        events.announce(Happened(what=1.5))  # type: ignore[arg-type]


def test_each_handler_has_a_message_of_its_own() -> None:
    events.subscribe_outbox(Happened, refuse)
    events.subscribe_outbox(Happened, listen)
    announce()
    assert deliver() == 2
    assert len(heard) == 1
    states = dict(OutboxMessage.objects.values_list("handler", "state"))
    assert {name.rpartition(".")[2]: state for name, state in states.items()} == {
        "listen": "delivered",
        "refuse": "pending",
    }


def test_a_failure_is_tried_again_later_and_later() -> None:
    events.subscribe_outbox(Happened, listen)
    failures.append(RuntimeError("the mail server sleeps"))
    announce()
    assert deliver() == 1
    message = only_message()
    assert (message.state, message.attempts) == ("pending", 1)
    assert "the mail server sleeps" in message.last_error
    assert deliver() == 0

    waits = []
    for _ in range(3):
        waits.append(only_message().available_at - clock.now())
        clock.move(waits[-1] + timedelta(seconds=1))
        assert deliver() == 1
    assert waits == sorted(waits)
    failures.clear()
    clock.move(timedelta(hours=1))
    assert deliver() == 1
    assert only_message().state == "delivered"


def test_a_carrier_that_is_down_for_two_hours_still_gets_its_messages() -> None:
    pauses = [outbox.backoff(failures) for failures in range(1, outbox.MAX_ATTEMPTS)]
    assert pauses == sorted(pauses)
    assert pauses[0] < timedelta(seconds=1)
    assert sum(pauses, timedelta()) > timedelta(hours=2)


def test_after_twelve_failures_a_message_is_dead_until_somebody_revives_it() -> None:
    events.subscribe_outbox(Happened, listen)
    failures.append(RuntimeError("never"))
    announce()
    for _ in range(12):
        assert deliver() == 1
        clock.move(timedelta(hours=3))
    assert (only_message().state, only_message().attempts) == ("dead", 12)
    assert deliver() == 0

    failures.clear()
    outbox.revive(only_message())
    assert deliver() == 1
    assert only_message().state == "delivered"


def test_an_unknown_handler_is_a_failure_like_any_other() -> None:
    OutboxMessage.objects.create(event="Gone", handler="nowhere.gone", payload={}, available_at=DatabaseNow())
    assert deliver() == 1
    assert only_message().state == "pending"
    assert "KeyError" in only_message().last_error


def die_while_delivering(worker_id: str = "w1") -> None:
    """Nothing is caught, nothing is written: as after kill -9 in the middle of a handler."""
    failures.append(SystemExit("killed"))
    with pytest.raises(SystemExit):
        deliver(worker_id)
    failures.clear()


def heart_stops(worker_id: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_workerheartbeat SET beat_at = beat_at - interval '6 seconds' WHERE worker_id = %s",
            [worker_id],
        )


def test_what_a_killed_worker_was_doing_is_taken_over_when_its_heart_has_stopped() -> None:
    events.subscribe_outbox(Happened, listen)
    announce()
    die_while_delivering("w1")
    heard.clear()
    assert deliver("w2") == 0, "the first worker may still be at it"
    heart_stops("w1")
    assert deliver("w2") == 1
    assert len(heard) == 1
    assert (only_message().state, only_message().attempts) == ("delivered", 2)


def test_a_message_that_kills_every_worker_ends_as_a_dead_letter() -> None:
    events.subscribe_outbox(Happened, listen)
    announce()
    for number in range(12):
        die_while_delivering(f"w{number}")
        heart_stops(f"w{number}")
    heard.clear()
    assert deliver("last") == 1
    assert heard == []
    assert only_message().state == "dead"


def test_two_relays_deliver_each_message_once() -> None:
    events.subscribe_outbox(Happened, listen_too)
    with transaction.atomic():
        events.announce_all(Happened(str(number)) for number in range(200))
    barrier = threading.Barrier(4)

    def relay(number: int) -> int:
        try:
            outbox.beat(f"w{number}")
            barrier.wait()
            total = 0
            while done := outbox.deliver_due(worker_id=f"w{number}"):
                total += done
            return total
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        totals = list(pool.map(relay, range(4)))
    assert sum(totals) == 200
    assert sorted(int(event.what) for event in heard) == list(range(200))
    assert set(OutboxMessage.objects.values_list("state", "attempts")) == {("delivered", 1)}


def test_a_running_relay_stops_when_told_and_signs_off() -> None:
    events.subscribe_outbox(Happened, listen_too)
    stop = threading.Event()
    outbox.beat("w1")
    workers = [
        threading.Thread(target=outbox.run_heartbeat, args=("w1", stop)),
        threading.Thread(target=outbox.run_relay, args=("w1", stop)),
    ]
    for worker in workers:
        worker.start()
    announce()
    deadline = clock.now() + timedelta(seconds=10)
    while not heard and clock.now() < deadline:
        threading.Event().wait(0.05)
    stop.set()
    for worker in workers:
        worker.join(10)
    assert len(heard) == 1
    assert not _heartbeats()


def _heartbeats() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT worker_id FROM core_workerheartbeat")
        return list(cursor.fetchall())
