"""Open-loop load: messages arrive at fixed times, whether or not the earlier ones were answered.

A delay is counted from the moment at which a message was due: one that waits for the answers to others has waited.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.http import Line
from bench.load import in_processes

LINES = 48


@dataclass(frozen=True, slots=True)
class Arrived:
    """`delays` are milliseconds until the answer, of all that were answered with 2xx; `refused` counts the rest."""

    delays: list[float]
    refused: Counter[str]
    seconds: float


def arrive(port: int, requests: Sequence[bytes], *, a_second: float) -> Arrived:
    """From a process of its own, over kept-alive connections."""
    (found,) = in_processes(lambda _number: _send(port, requests, a_second), 1)
    arrived: Arrived = found
    return arrived


def _send(port: int, requests: Sequence[bytes], a_second: float) -> Arrived:
    turn, lock = iter(range(len(requests))), threading.Lock()
    delays: list[float] = []
    refused: Counter[str] = Counter()
    lines = [Line(port) for _ in range(min(LINES, len(requests)))]
    start = time.perf_counter() + 0.2

    def deliver(line: Line) -> None:
        while True:
            with lock:
                number = next(turn, None)
            if number is None:
                return
            due = start + number / a_second
            time.sleep(max(0.0, due - time.perf_counter()))
            try:
                status, _body = line.ask(requests[number])
            except OSError as error:
                refused[type(error).__name__] += 1
                line = Line(port)
                continue
            if 200 <= status < 300:
                delays.append((time.perf_counter() - due) * 1000)
            else:
                refused[str(status)] += 1

    threads = [threading.Thread(target=deliver, args=[line]) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Arrived(delays, refused, time.perf_counter() - start)
