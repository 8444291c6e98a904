"""Keeps a few processes alive, in one order up and in another one down.

Every process runs under a guard (see `guard.py`), so that a killed supervisor leaves nothing behind. A process
that dies is started again, first at once, then with growing pauses. Only the supervisor listens to signals.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import NoReturn

from freehold.cli.lifeline import stop_guard

PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)
STEADY_AFTER = 10.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(Exception):
    """Somebody asked us to stop."""


@dataclass(slots=True)
class Service:
    """One supervised process. `launch` starts it under a guard and returns the guard."""

    name: str
    launch: Callable[[], subprocess.Popen[bytes]]
    patience: float = 3.0
    guard: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started_at: float = 0.0
    start_again_at: float | None = None


@dataclass(slots=True)
class Supervisor:
    """Runs services until a signal comes. `report` gets one line for each thing that a person may want to know."""

    report: Callable[[str], None]
    services: list[Service] = field(default_factory=list)
    _wake: int = -1

    def start(self, service: Service) -> None:
        self.services.append(service)
        self._launch(service)

    def adopt(self, service: Service, guard: subprocess.Popen[bytes]) -> None:
        """Take over a process that is already running."""
        service.guard = guard
        service.started_at = time.monotonic()
        self.services.append(service)

    def watch(self) -> NoReturn:
        """Start again whatever dies. Ends only by Interrupted, which a signal raises."""
        while True:
            self.look()
            self.rest()

    def look(self) -> None:
        """One round: notice deaths, start again what has waited long enough."""
        now = time.monotonic()
        for service in self.services:
            if service.guard and service.guard.poll() is not None:
                self._note_death(service, now)
            if service.start_again_at is not None and now >= service.start_again_at:
                self._launch(service)

    def rest(self, seconds: float = 1.0) -> None:
        """Sleep until a child dies, a signal comes, a pause ends, or `seconds` have passed."""
        pauses = [service.start_again_at for service in self.services if service.start_again_at is not None]
        until = min([time.monotonic() + seconds, *pauses])
        readable, _writable, _failed = select.select([self._wake], [], [], max(0.0, until - time.monotonic()))
        if readable:
            os.read(self._wake, 512)

    def stop(self) -> None:
        """End all services in the reverse order of their start. Signals that come now change nothing."""
        for number in STOP_SIGNALS:
            signal.signal(number, lambda *_: None)
        for service in reversed(self.services):
            if service.guard and service.guard.poll() is None:
                stop_guard(service.guard, service.patience)
            service.guard = None
            service.start_again_at = None

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Within, a stop signal raises Interrupted in the main thread, and dying children wake `rest`."""
        self._wake, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in STOP_SIGNALS:
            signal.signal(number, _interrupt)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            os.close(waker)
            os.close(self._wake)

    def _launch(self, service: Service) -> None:
        service.start_again_at = None
        service.started_at = time.monotonic()
        service.guard = service.launch()

    def _note_death(self, service: Service, now: float) -> None:
        if now - service.started_at > STEADY_AFTER:
            service.deaths = 0
        pause = PAUSES[min(service.deaths, len(PAUSES) - 1)]
        service.deaths += 1
        service.guard = None
        service.start_again_at = now + pause
        self.report(f"{service.name} ended unexpectedly; starting it again")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # Once: what follows is the way down, which no further signal may disturb.
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: None)
    raise Interrupted
