"""The processor time of one operation: what it takes of the machine, however busy the machine is with other things."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

_WARM_UP = 10


@dataclass(frozen=True, slots=True)
class Effort:
    """Milliseconds of processor time of one operation, here and in the database's server process."""

    client: float
    server: float

    @property
    def total(self) -> float:
        return self.client + self.server


def effort_of(operation: Callable[[], object], *, backend: Callable[[], int], times: int) -> Effort:
    """`backend` tells the number of the server process that serves the operation's connection."""
    for _ in range(_WARM_UP):
        operation()
    server = psutil.Process(backend())
    before, began = server.cpu_times(), time.process_time()
    for _ in range(times):
        operation()
    client, after = time.process_time() - began, server.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return Effort(client / times * 1000, spent / times * 1000)
