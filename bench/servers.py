"""Real server processes on 127.0.0.1: Freehold as `./freehold serve` runs it, and the plain design beside it."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.results import NotMeasured
from freehold.cli import guard
from freehold.cli.lifeline import start_guard, stop_guard
from freehold.cli.machine import free_port, tail, wait_until
from freehold.cli.serve import THREADS, web_command

PATIENCE = 60.0


@contextmanager
def serving(name: str, *, environment: Mapping[str, str], log: Path, application: str = "") -> Iterator[int]:
    """Yields the port of a server that answers. As many worker processes as processors, as `serve` has it."""
    port = free_port()
    command = web_command("127.0.0.1", port, workers=os.cpu_count() or 1, threads=THREADS)
    if application:
        command[-1] = application
    log.parent.mkdir(parents=True, exist_ok=True)
    process = start_guard(
        guard.Spec(name=name, command=command, stop_signals=[("SIGTERM", 5.0)], log=str(log)),
        environment={**os.environ, **environment},
    )
    try:
        if not wait_until(lambda: _answers(port) or process.poll() is not None, PATIENCE) or process.poll() is not None:
            raise NotMeasured(f"the server did not start:\n{tail(log)}")
        yield port
    finally:
        stop_guard(process)


@contextmanager
def working(*, environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """A worker, as `./freehold worker` runs it."""
    process = start_guard(
        guard.Spec(
            name="worker",
            command=[sys.executable, "-P", "-m", "freehold", "worker"],
            stop_signals=[("SIGTERM", 5.0)],
            log=str(log),
        ),
        environment={**os.environ, **environment},
    )
    try:
        yield
        if process.poll() is not None:
            raise NotMeasured(f"the worker ended:\n{tail(log)}")
    finally:
        stop_guard(process)


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
