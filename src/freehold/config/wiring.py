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


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that comes back: `run` is called at each moment of `cron` (UTC), by one worker at a time."""

    name: str
    cron: str
    run: Callable[[], Any]


IN_TRANSACTION: tuple[tuple[type, Callable[[Any], None]], ...] = ()

OUTBOX: tuple[tuple[type, Callable[[Any], None]], ...] = ()

SCHEDULE: tuple[Job, ...] = ()


def wire() -> None:
    """Connect everything. Called once per process, when all rooms are loaded."""
