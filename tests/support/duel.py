"""Let several callers start at the same instant, each on a database connection of its own."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from django.db import connections


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one caller got: a value or an exception, and when it was done (seconds after the start)."""

    value: Any
    error: Exception | None
    seconds: float

    @property
    def won(self) -> bool:
        return self.error is None


def duel(*callers: Callable[[], Any], patience: float = 60.0) -> list[Outcome]:
    """Runs all callers at once and returns their outcomes in the callers' order."""
    outcomes: list[Outcome | None] = [None] * len(callers)
    barrier = threading.Barrier(len(callers))

    def run(position: int, caller: Callable[[], Any]) -> None:
        value, error = None, None
        try:
            connections["default"].ensure_connection()
            barrier.wait()
            start = perf_counter()
            try:
                value = caller()
            except Exception as raised:  # the outcome of this caller, whatever it is
                error = raised
            outcomes[position] = Outcome(value, error, perf_counter() - start)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=(position, caller), daemon=True) for position, caller in enumerate(callers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience)
    missing = [position for position, outcome in enumerate(outcomes) if outcome is None]
    assert not missing, f"callers {missing} did not come back within {patience} s"
    return [outcome for outcome in outcomes if outcome is not None]
