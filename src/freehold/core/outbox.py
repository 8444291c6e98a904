"""The relay: takes due outbox rows, one lease at a time, and hands them to their handlers.

A handler may talk to the outside, so it never runs inside the transaction that leases the row. A worker that is
killed keeps its lease until its heart has been silent for a few seconds; then the message is delivered again.
Handlers are therefore idempotent.
"""

import json
import threading
import traceback
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import connection, connections, transaction
from django.db.models import DateTimeField, ExpressionWrapper, Value

from freehold.core import events
from freehold.core.clock import DatabaseNow
from freehold.core.models import OutboxMessage, WorkerHeartbeat

logger = structlog.get_logger(__name__)

# How long after each failure a message is tried again: quickly at first, then long enough to outlast a mail server that
# is down for hours. The last failure, of the attempt after the last pause, is for good.
PAUSES_SECONDS = (0.5, 1, 2, 4, 8, 16, 32, 120, 600, 1_800, 7_200)
MAX_ATTEMPTS = len(PAUSES_SECONDS) + 1
LEASE = timedelta(seconds=60)
SILENT_AFTER = timedelta(seconds=5)
IDLE_POLL_SECONDS = 0.2
HEARTBEAT_SECONDS = 1.0

# A lease is free when it ran out, or when the worker that holds it has stopped beating. Machine time, not the
# movable clock: leases are about processes, not about business.
_LEASE_DUE = """
    UPDATE core_outboxmessage AS m
       SET leased_by = %(worker)s, leased_until = clock_timestamp() + %(lease)s, attempts = attempts + 1
     WHERE m.id IN (
        SELECT d.id FROM core_outboxmessage AS d
         WHERE d.state = 'pending' AND d.available_at <= freehold_now()
           AND (d.leased_until IS NULL OR d.leased_until < clock_timestamp()
                OR NOT EXISTS (SELECT 1 FROM core_workerheartbeat AS w
                                WHERE w.worker_id = d.leased_by AND w.beat_at > clock_timestamp() - %(silent)s))
         ORDER BY d.available_at, d.id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
    RETURNING m.id, m.event, m.handler, m.payload, m.attempts
"""


def deliver_due(*, worker_id: str, limit: int = 20) -> int:
    """Delivers up to `limit` due messages, one after the other. Returns how many were tried."""
    tried = 0
    while tried < limit:
        with transaction.atomic(), connection.cursor() as cursor:
            facts: dict[str, Any] = {"worker": worker_id, "lease": LEASE, "silent": SILENT_AFTER, "limit": 1}
            cursor.execute(_LEASE_DUE, facts)
            leased = cursor.fetchone()
        if leased is None:
            break
        tried += 1
        _deliver(worker_id, *leased)
    return tried


def _deliver(worker_id: str, message_id: Any, event: str, handler: str, payload: Any, attempts: int) -> None:
    facts = json.loads(payload) if isinstance(payload, str) else payload
    log = logger.bind(message_id=str(message_id), event_name=event, handler=handler, attempt=attempts)
    if attempts > MAX_ATTEMPTS:
        # It never failed, it never came back: whoever took it up died. A person must look at such a message.
        log.warning("outbox_message_kills_workers")
        OutboxMessage.objects.filter(pk=message_id).update(
            state=OutboxMessage.State.DEAD,
            last_error="Every worker that took this message up died with it.",
            leased_by="",
            leased_until=None,
        )
        return
    try:
        events.dispatch(event=event, handler=handler, payload=facts)
    except Exception:  # the one place that must survive any handler: it records, delays and goes on
        failed_for_good = attempts >= MAX_ATTEMPTS
        log.warning("outbox_delivery_failed", dead=failed_for_good, exc_info=True)
        # Only while the lease is still ours: somebody else may have taken over what we were slow with.
        OutboxMessage.objects.filter(pk=message_id, leased_by=worker_id).update(
            state=OutboxMessage.State.DEAD if failed_for_good else OutboxMessage.State.PENDING,
            available_at=ExpressionWrapper(DatabaseNow() + Value(backoff(attempts)), DateTimeField()),
            last_error=traceback.format_exc(limit=8)[-4000:],
            leased_by="",
            leased_until=None,
        )
    else:
        OutboxMessage.objects.filter(pk=message_id).update(
            state=OutboxMessage.State.DELIVERED, delivered_at=DatabaseNow(), leased_by="", leased_until=None
        )


def backoff(attempts: int) -> timedelta:
    """The pause after so many failures, at least one."""
    return timedelta(seconds=PAUSES_SECONDS[min(attempts, len(PAUSES_SECONDS)) - 1])


def revive(message: OutboxMessage) -> None:
    """Puts a dead message back in the queue, as if it had never been tried."""
    OutboxMessage.objects.filter(pk=message.pk, state=OutboxMessage.State.DEAD).update(
        state=OutboxMessage.State.PENDING, attempts=0, available_at=DatabaseNow(), last_error=""
    )


def beat(worker_id: str) -> None:
    """Writes the worker's sign of life, by the machine's clock of the database."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_workerheartbeat WHERE beat_at < clock_timestamp() - interval '1 day'")
        cursor.execute(
            "INSERT INTO core_workerheartbeat (worker_id, started_at, beat_at)"
            " VALUES (%s, clock_timestamp(), clock_timestamp())"
            " ON CONFLICT (worker_id) DO UPDATE SET beat_at = clock_timestamp()",
            [worker_id],
        )


def run_heartbeat(worker_id: str, stop: threading.Event) -> None:
    """Beats until told to stop, then signs off. Survives a database that goes away and comes back."""
    while not stop.wait(HEARTBEAT_SECONDS):
        try:
            beat(worker_id)
        except Exception:
            logger.warning("heartbeat_failed", exc_info=True)
            connections.close_all()
    try:
        WorkerHeartbeat.objects.filter(worker_id=worker_id).delete()
    except Exception:
        logger.warning("heartbeat_sign_off_failed", exc_info=True)
    finally:
        connections.close_all()


def run_relay(worker_id: str, stop: threading.Event) -> None:
    """Delivers until told to stop. Survives a database that goes away and comes back."""
    while not stop.is_set():
        try:
            delivered = deliver_due(worker_id=worker_id)
        except Exception:
            logger.warning("relay_failed", exc_info=True)
            connections.close_all()
            stop.wait(1.0)
            continue
        if not delivered:
            stop.wait(IDLE_POLL_SECONDS)
    connections.close_all()


def forget_messages_about(user_id: UUID) -> None:
    """Deletes the rows of events that name this person, delivered or not. Needs a transaction."""
    OutboxMessage.objects.filter(payload__user_id=str(user_id)).delete()
