"""Small facts about the machine: ports, processes, files with one number, secrets."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def read_or_make_secret(path: Path) -> str:
    """A random secret that only its owner may read, made at the first use."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        value = secrets.token_urlsafe(48)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(value)
        return value


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def wait_until(condition: Callable[[], bool], patience: float) -> bool:
    """Whether `condition` holds, now or within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True


class Ports:
    """Ports that this process has claimed for servers that it is going to start.

    Looking whether a port is free is not enough: between the look and the start another Freehold may look, too,
    and the HTTP server shares a port with its like without complaint. A lock per port settles who goes first.
    """

    def __init__(self) -> None:
        self._held: list[int] = []

    def claim(self, port: int, patience: float = 0.0) -> bool:
        """Whether the port is ours until this process ends. A server that is just ending gets `patience` seconds."""
        lock = self._open_lock(port)
        if wait_until(lambda: self._is_locked(lock) and is_free(port), patience):
            self._held.append(lock)
            return True
        os.close(lock)
        return False

    @staticmethod
    def _open_lock(port: int) -> int:
        folder = Path(tempfile.gettempdir()) / "freehold-ports"
        if not folder.exists():
            folder.mkdir(exist_ok=True)
            folder.chmod(0o1777)
        path = folder / str(port)
        try:
            return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)

    @staticmethod
    def _is_locked(lock: int) -> bool:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def first_number(path: Path) -> int | None:
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def command_line(pid: int) -> str:
    """The command of a running process, or an empty text."""
    if Path("/proc/self").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout


def tail(path: Path, lines: int = 15) -> str:
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return "(no log)"
