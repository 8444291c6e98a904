"""A simulator as a real process, and a merchant's endpoint that hears its webhooks."""

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

SOURCE = Path(__file__).parents[2] / "src"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually[Result](look: Callable[[], Result], *, within_s: float = 8.0) -> Result:
    """The first truthy result of `look`."""
    deadline = time.monotonic() + within_s
    while not (result := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return result


class SimulatorProcess:
    """One home and one port; may be killed and started again. Its parent pipe is ours.

    `environment`: what the simulator is told beside its home and port. `control_key` opens its test desk.
    """

    def __init__(self, name: str, home: Path, *, environment: Mapping[str, str], control_key: str) -> None:
        self.name = name
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = dict(environment)
        self.process: subprocess.Popen[bytes] | None = None
        self.desk = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {control_key}"}, timeout=10, trust_env=False
        )
        self._parent_end = -1

    def start(self) -> None:
        simulator_end, self._parent_end = os.pipe()
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(SOURCE),
            **self.environment,
            "FREEHOLD_PARENT_FD": str(simulator_end),
        }
        command = ["-m", f"freehold.simulators.{self.name}", "--home", str(self.home), "--port", str(self.port)]
        self.process = subprocess.Popen([sys.executable, *command], env=environment, pass_fds=[simulator_end])
        os.close(simulator_end)
        eventually(self.is_up, within_s=40)

    def is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the simulator stopped by itself"
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """No farewell: SIGKILL."""
        self.stop(signal.SIGKILL)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self._gone()

    def abandon(self) -> int:
        """Close the parent's end of the pipe, as the kernel does when a parent is killed."""
        os.close(self._parent_end)
        self._parent_end = -1
        return self._gone()

    def _gone(self) -> int:
        assert self.process is not None
        status = self.process.wait(timeout=10)
        self.process = None
        if self._parent_end >= 0:
            os.close(self._parent_end)
            self._parent_end = -1
        return status

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _: object, trace: TracebackType | None) -> None:
        self.desk.close()
        if self.process is not None:
            self.kill()

    # --- the test desk ----------------------------------------------------------------------------------

    def control(self, deed: str, **fields: Any) -> dict[str, Any]:
        answer = self.desk.post(f"/control/{deed}", json=fields)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def fault(self, operation: str, kind: str, *, executed: bool = False, times: int = 1) -> None:
        self.control("faults", operation=operation, kind=kind, executed=executed, times=times)

    def books(self) -> dict[str, list[dict[str, Any]]]:
        return dict(self.desk.get("/control/books").json())


@dataclass(frozen=True)
class Heard:
    """One webhook as it arrived."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    at: datetime


@dataclass
class Listener:
    """A merchant's webhook endpoint. Every payment gets an address of its own."""

    port: int = field(default_factory=free_port)
    heard: list[Heard] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)  # statuses of the next answers, before 200 again
    answers: dict[str, bytes] = field(default_factory=dict)  # what is said to messages at an address

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> None:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with listener._lock:
                    listener.heard.append(Heard(self.path, headers, body, datetime.now(UTC)))
                    status = listener.refusals.pop(0) if listener.refusals else 200
                said = listener.said(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *arguments: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def new_address(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/{secrets.token_hex(8)}"

    def said(self, path: str) -> bytes:
        return next((said for address, said in self.answers.items() if address.endswith(path.partition("?")[0])), b"")

    def about(self, address: str) -> list[Heard]:
        path = re.sub(r"^https?://[^/]+", "", address)
        with self._lock:
            return [heard for heard in self.heard if heard.path.partition("?")[0] == path]

    def wait(self, address: str, count: int = 1, *, within_s: float = 8.0) -> list[Heard]:
        """At least `count` webhooks at this address, in order of arrival."""
        eventually(lambda: len(self.about(address)) >= count, within_s=within_s)
        return self.about(address)
