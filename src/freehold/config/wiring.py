"""The one list of who listens to what, which jobs run when, and which adapters stand outside.

Read this file to learn what happens next after an event. A lower room announces, an upper room listens;
neither knows the other. Two kinds of listener, never mixed:

IN_TRANSACTION  runs inside the announcing transaction; an error rolls everything back.
OUTBOX          is written as a row in the same transaction and delivered at least once afterwards, with
                retries; such a handler is idempotent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from procrastinate.contrib.django import app as jobs

from freehold.core import events


@dataclass(frozen=True, slots=True)
class Job:
    """Work that comes back: `run` is called at each moment of `cron` (UTC), by one worker at a time.

    `cron` has the usual five fields; a sixth one gives seconds, as in `* * * * * */10`.
    """

    name: str
    cron: str
    run: Callable[[], Any]


# (event, handlers in the order in which they run)
IN_TRANSACTION: tuple[tuple[type[events.Event], tuple[events.Handler, ...]], ...] = ()

OUTBOX: tuple[tuple[type[events.Event], tuple[events.Handler, ...]], ...] = ()

SCHEDULE: tuple[Job, ...] = ()


def wire() -> None:
    """Connect everything. Called once per process, when all rooms are loaded; safe to call again."""
    events.forget_subscriptions()
    for event, handlers in IN_TRANSACTION:
        for handler in handlers:
            events.subscribe(event, handler)
    for event, handlers in OUTBOX:
        for handler in handlers:
            events.subscribe_outbox(event, handler)
    for job in SCHEDULE:
        _schedule(job)
    bind_adapters()


def bind_adapters() -> None:
    """Choose, from the typed settings, what stands behind each port."""


def _schedule(job: Job) -> None:
    """A periodic task that is never queued twice: a slow run makes the next one wait, not pile up."""
    if job.name in jobs.tasks:
        return

    @jobs.periodic(cron=job.cron)
    @jobs.task(name=job.name, queueing_lock=job.name, lock=job.name)
    def run(timestamp: int) -> None:
        job.run()
