"""A real `freehold demo` in a process group of its own, for tests that kill parts of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
START_PATIENCE = 90.0


class RunningDemo:
    """A demo process and everything that belongs to it."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.home = home
        self.output = home / "output.txt"
        home.mkdir(exist_ok=True)
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "freehold", "demo", "--no-browser", "--data", "small", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=clean_environment(home),
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.home / "state.json").read_text())
        return state

    def wait_until_welcome(self) -> None:
        """The demo has printed its addresses, which it does when it is ready."""
        wait_for(lambda: "Ctrl-C stops" in self.said or self._ended(), START_PATIENCE, lambda: self.said)
        assert self.process.poll() is None, self.said

    def _ended(self) -> bool:
        return self.process.poll() is not None

    def readiness(self) -> dict[str, str]:
        """Each check of /readyz by name; empty while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.state['web_port']}/readyz", timeout=5) as answer:
                checks: dict[str, str] = json.load(answer)["checks"]
        except urllib.error.HTTPError as error:
            checks = json.load(error)["checks"]
        except OSError:
            return {}
        return checks

    def is_ready(self) -> bool:
        checks = self.readiness()
        return bool(checks) and set(checks.values()) == {"ok"}

    def pid_of(self, service: str) -> int:
        return int((self.home / "run" / f"{service}.pid").read_text())

    def processes(self) -> list[psutil.Process]:
        """The parent and all its descendants, as they are now."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def interrupt(self) -> None:
        """Ctrl-C: the terminal sends it to the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.interrupt()
            self.process.wait(15)


def clean_environment(home: Path) -> dict[str, str]:
    """Ours, without what the test run itself has set."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FREEHOLD_", "DJANGO_", "PYTEST_", "DATABASE_URL", "SITE_URL"))
    }
    return {**ours, "FREEHOLD_HOME": str(home), "PYTHONPATH": str(ROOT / "src")}


@contextmanager
def demo(home: Path, *arguments: str) -> Iterator[RunningDemo]:
    """A demo that is ready, and stopped at the end whatever happened."""
    running = RunningDemo(home, *arguments)
    try:
        running.wait_until_welcome()
        yield running
    finally:
        running.stop()


def wait_for(condition: Callable[[], bool], seconds: float, explain: Callable[[], str] = str) -> float:
    """Wait until `condition`; the seconds that it took. Fails with `explain()` after `seconds`."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"not within {seconds} s\n{explain()}"
        time.sleep(0.05)
    return time.monotonic() - started


def living(processes: list[psutil.Process]) -> list[str]:
    """The command lines of those that still run; one that ends while we look runs no more."""
    found = []
    for process in processes:
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline())[:120] or process.name())
        except psutil.NoSuchProcess:  # a zombie is one, too
            continue
    return found


def strangers_of(home: Path) -> list[str]:
    """Living processes that were started for `home`, whoever their parent is now."""
    found = []
    for process in psutil.process_iter():
        try:
            belongs = process.environ().get("FREEHOLD_HOME") == str(home) or str(home) in process.cmdline()
            if belongs and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline())[:120])
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found
