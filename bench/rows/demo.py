"""`./freehold demo` as a person starts it: how soon it is ready, and what it takes of the machine's memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.lab import ROOT, Lab
from bench.results import Baseline, Goal, NotMeasured, Row
from freehold.cli.machine import wait_until
from freehold.cli.postgres import Cluster

NAME = "demo"
PATIENCE = 300.0
_READY = "Ctrl-C stops"
# What a start sets in motion must have come to rest before memory is weighed.
_REST_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class _Start:
    seconds: float
    bare_postgres_seconds: float
    memory_mib: dict[str, float]


def measure(lab: Lab) -> Iterator[Row]:
    empty, again = [], []
    for _ in range(lab.amounts.repeats):
        with tempfile.TemporaryDirectory(prefix="freehold-bench-demo-", ignore_cleanup_errors=True) as folder:
            home = Path(folder)
            bare = _bare_postgres(home / "bare")
            empty.append(_start(lab, home / "home", bare[0], weigh=False))
            again.append(_start(lab, home / "home", bare[1], weigh=True))
    for name, starts, goal in (("from an empty home", empty, 25), ("again", again, 6)):
        base = Baseline("PostgreSQL alone", [start.bare_postgres_seconds for start in starts])
        yield Row(NAME, f"demo ready {name}", "s", [start.seconds for start in starts], Goal("at_most", goal), base)
    weights = [start.memory_mib for start in again]
    yield Row(
        NAME,
        "memory of web, worker, gateway and PostgreSQL at rest",
        "MiB",
        [sum(weight.values()) for weight in weights],
        Goal("at_most", 600),
        Baseline("PostgreSQL of it", [weight.get("postgres", 0.0) for weight in weights]),
        {"MiB by program": weights[-1]},
    )


def _bare_postgres(home: Path) -> tuple[float, float]:
    """Seconds of the first and the second start of the same server with nothing in it."""
    seconds = []
    for _ in range(2):
        cluster = Cluster(home)
        began = time.monotonic()
        cluster.start()
        seconds.append(time.monotonic() - began)
        cluster.stop()
    return seconds[0], seconds[1]


def _start(lab: Lab, home: Path, bare: float, *, weigh: bool) -> _Start:
    with _demo(lab, home) as (process, seconds):
        memory = {}
        if weigh:
            time.sleep(_REST_SECONDS if lab.amounts.repeats > 1 else 0.5)
            memory = _memory(process)
    return _Start(seconds, bare, memory)


@contextmanager
def _demo(lab: Lab, home: Path) -> Iterator[tuple[psutil.Process, float]]:
    """A demo that is ready, and the seconds that it took; stopped at the end."""
    home.mkdir(exist_ok=True)
    output = home / "output.txt"
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FREEHOLD_", "DJANGO_", "DATABASE_URL", "SITE_URL"))
    }
    command = [sys.executable, "-P", "-m", "freehold", "demo", "--no-browser", "--data", lab.amounts.demo_data]
    began = time.monotonic()
    with open(output, "wb") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env={**ours, "FREEHOLD_HOME": str(home), "PYTHONPATH": str(ROOT / "src")},
            start_new_session=True,
        )
    try:
        wait_until(lambda: _READY in output.read_text() or process.poll() is not None, PATIENCE)
        seconds = time.monotonic() - began
        if process.poll() is not None or _READY not in output.read_text():
            raise NotMeasured(f"the demo did not start: {output.read_text()[-500:]}")
        yield psutil.Process(process.pid), seconds
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(30)


def _memory(parent: psutil.Process) -> dict[str, float]:
    """MiB by program; a page that several processes share counts once. Guards and the supervisor are in it."""
    found: dict[str, float] = {}
    for process in [parent, *parent.children(recursive=True)]:
        try:
            memory = process.memory_full_info()
            name = "postgres" if process.name().startswith("postgres") else _program(process)
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied:
            raise NotMeasured("the memory of another user's processes cannot be read") from None
        found[name] = found.get(name, 0.0) + getattr(memory, "pss", memory.rss) / 2**20
    return {name: round(mebibytes, 1) for name, mebibytes in sorted(found.items())}


def _program(process: psutil.Process) -> str:
    command = " ".join(process.cmdline())
    for mark, name in (
        ("freehold.cli.web", "web"),
        ("freehold worker", "worker"),
        ("simulators.sandbox", "gateway"),
        ("guard.py", "guards"),
        ("freehold demo", "supervisor"),
    ):
        if mark in command:
            return name
    return "other"
