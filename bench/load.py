"""Closed-loop load: so many clients in processes of their own, each beginning again as soon as it is answered.

Processes, because one Python process would be the bottleneck of both sides of a comparison.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connections

from bench.results import NotMeasured

PATIENCE = 180.0
_fork = multiprocessing.get_context("fork")

# One operation; a text names what went wrong, None means that it succeeded.
Operation = Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Burst:
    """What all clients did together. `latencies` are milliseconds of successes."""

    seconds: float
    latencies: list[float]
    failures: Counter[str]

    @property
    def rate(self) -> float:
        """Successes a second. Raises NotMeasured when something failed: such a rate compares nothing."""
        if self.failures:
            raise NotMeasured(f"operations failed: {dict(self.failures)}")
        return len(self.latencies) / self.seconds


def closed_loop(make: Callable[[int], Operation], *, clients: int, seconds: float) -> Burst:
    """`make(number)` runs inside the client's process. Each client warms up with a few operations that do not count."""
    barrier = _fork.Barrier(clients)

    def client(number: int) -> tuple[float, list[float], Counter[str]]:
        with _telling_the_others(barrier):
            operation = make(number)
            for _ in range(3):
                operation()
        barrier.wait(PATIENCE)
        latencies: list[float] = []
        failures: Counter[str] = Counter()
        began = now = time.perf_counter()
        while now - began < seconds:
            problem = operation()
            after = time.perf_counter()
            if problem is None:
                latencies.append((after - now) * 1000)
            else:
                failures[problem] += 1
            now = after
        return now - began, latencies, failures

    answers = in_processes(client, clients)
    return Burst(
        max(answer[0] for answer in answers),
        [latency for answer in answers for latency in answer[1]],
        sum((answer[2] for answer in answers), Counter()),
    )


@dataclass(frozen=True, slots=True)
class Call:
    """One caller of a crowd: how long it took in milliseconds, and what came of it ("" for the winner)."""

    milliseconds: float
    outcome: str


def crowd(make: Callable[[int], Callable[[], str]], *, callers: int, processes: int) -> list[Call]:
    """All callers at the same instant, once, as threads of a few processes. `make` prepares a caller's connection."""
    barrier = _fork.Barrier(callers)

    def process(number: int) -> list[Call]:
        calls: list[Call] = []

        def caller(index: int) -> None:
            with _telling_the_others(barrier):
                operation = make(index)
            barrier.wait(PATIENCE)
            began = time.perf_counter()
            outcome = operation()
            calls.append(Call((time.perf_counter() - began) * 1000, outcome))
            connections.close_all()

        threads = [threading.Thread(target=caller, args=[index]) for index in range(number, callers, processes)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return calls

    calls = [call for each in in_processes(process, processes) for call in each]
    if len(calls) != callers:
        raise NotMeasured(f"only {len(calls)} of {callers} callers came back")
    return calls


@contextmanager
def _telling_the_others(barrier: Any) -> Iterator[None]:
    """Nobody waits for a client that failed before the start."""
    try:
        yield
    except BaseException:
        barrier.abort()
        raise


def in_processes(work: Callable[[int], Any], count: int) -> Sequence[Any]:
    """Runs `work(number)` in `count` forked processes. Raises NotMeasured when one of them fails."""
    # A database connection must not be shared with a fork.
    connections.close_all()
    pipes, processes = [], []
    for number in range(count):
        here, there = _fork.Pipe(duplex=False)
        process = _fork.Process(target=_child, args=[work, number, there], daemon=True)
        process.start()
        there.close()
        pipes.append(here)
        processes.append(process)
    answers = [_answer(pipe) for pipe in pipes]
    for process in processes:
        process.join(5)
        process.kill()
    for answer in answers:
        if isinstance(answer, str):
            raise NotMeasured(f"a client failed: {answer}")
    return answers


def _answer(pipe: Any) -> Any:
    try:
        return pipe.recv() if pipe.poll(PATIENCE) else "it gave no answer in time"
    except EOFError:
        return "it ended without an answer"


def _child(work: Callable[[int], Any], number: int, pipe: Any) -> None:
    try:
        answer = work(number)
    except BaseException as error:
        answer = repr(error)[:500]
    pipe.send(answer)
    connections.close_all()
