"""One simulator per home and per port.

Two processes would write the same books, or share a port unseen (the server listens with SO_REUSEPORT) and answer
from different books in turn.
"""

import fcntl
import socket
import time
from pathlib import Path
from typing import IO

PATIENCE_S = 2.5
PAUSE_S = 0.05


class Occupied(Exception):
    """Another process is in the place. It may be leaving; we waited."""


def claim_home(folder: Path, title: str) -> IO[str]:
    """Lock the folder for as long as the returned file stays open; a killed process lets go by itself."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (folder / "lock").open("w")
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.close()
                raise Occupied(f"another {title} works in {folder}") from None
            time.sleep(PAUSE_S)
        else:
            return lock


def check_port(host: str, port: int) -> None:
    """Raise Occupied unless the port can be ours alone."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            with socket.create_server((host, port), reuse_port=False):
                return
        except OSError as error:
            if time.monotonic() > deadline:
                raise Occupied(f"cannot listen on {host}:{port}: {error.strerror}") from error
            time.sleep(PAUSE_S)
