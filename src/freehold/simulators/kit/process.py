"""Starts a simulator, serves until it is told to end, and ends at once.

FREEHOLD_PARENT_FD names the reading end of a pipe whose other end the parent holds: when it closes, the parent is
gone and the simulator leaves as well.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette

from freehold.simulators.kit.claims import Occupied, check_port, claim_home
from freehold.simulators.kit.courier import Courier

PARENT_FD = "FREEHOLD_PARENT_FD"
GRACE_S = 0.5


@dataclass(frozen=True, slots=True)
class Running:
    """What a simulator consists of. `hints`: lines for the person who started it by hand (keys, addresses)."""

    app: Starlette
    courier: Courier
    hints: Sequence[str] = ()


type Build = Callable[[argparse.Namespace], Running]


def run(
    name: str,
    title: str,
    build: Build,
    *,
    argv: Sequence[str],
    usual_port: int | None = None,
    add_arguments: Callable[[argparse.ArgumentParser], None] | None = None,
) -> None:
    """The whole life of the process. Books belong into `folder_of(arguments, name)`.

    The namespace that `build` gets has `home`, `host`, `port`, `public_url` (without a slash at its end), and what
    `add_arguments` added.
    """
    parser = argparse.ArgumentParser(prog=f"freehold.simulators.{name}", description=title)
    parser.add_argument("--home", type=Path, required=True, help="folder that keeps the books")
    parser.add_argument("--port", type=int, required=usual_port is None, default=usual_port)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--public-url", default="", help="address that browsers use (default: host and port)")
    if add_arguments:
        add_arguments(parser)
    arguments = parser.parse_args(argv)
    arguments.public_url = arguments.public_url.rstrip("/") or f"http://{arguments.host}:{arguments.port}"
    try:
        check_port(arguments.host, arguments.port)
        lock = claim_home(folder_of(arguments, name), title)
    except Occupied as error:
        sys.exit(f"{title}: {error}")
    with lock:
        asyncio.run(_live(arguments, title, build))


def folder_of(arguments: argparse.Namespace, name: str) -> Path:
    """The simulator's folder in the home."""
    home: Path = arguments.home
    return home / name


def listed(variable: str, default: str) -> list[str]:
    """Secrets of the environment, comma-separated: other users of the machine can read the command line."""
    values = [value.strip() for value in os.environ.get(variable, "").split(",")]
    return [value for value in values if value] or [default]


async def _live(arguments: argparse.Namespace, title: str, build: Build) -> None:
    status = await _serve(arguments, title, build)
    sys.stderr.flush()
    # Every change is on disk before its answer: requests that still hang need no farewell.
    os._exit(status)


async def _serve(arguments: argparse.Namespace, title: str, build: Build) -> int:
    """Serve until a signal, the end of the parent, or the failure of a part; the exit status."""
    running = build(arguments)
    server = Server(
        running.app,
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
    )
    stopping = asyncio.Event()
    _stop_on_signals(stopping)
    _stop_with_parent(stopping)
    serving = asyncio.create_task(server.serve())
    delivering = asyncio.create_task(running.courier.run())
    waiting = asyncio.create_task(stopping.wait())
    if not os.environ.get(PARENT_FD):
        print(f"{title} at {arguments.public_url}/", *running.hints, sep="\n  ", flush=True)  # noqa: T201
    done, _ = await asyncio.wait({serving, delivering, waiting}, return_when=asyncio.FIRST_COMPLETED)
    for task in done - {waiting}:
        print(f"{title} stopped: {task.exception()!r}", file=sys.stderr)  # noqa: T201
    delivering.cancel()
    server.stop()  # type: ignore[no-untyped-call]
    await asyncio.wait({serving, delivering}, timeout=GRACE_S)
    return 0 if waiting in done else 1


def _stop_on_signals(stopping: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    if os.environ.get(PARENT_FD):
        # Ctrl-C reaches the whole process group; with a parent, the parent decides who stops when.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    else:
        loop.add_signal_handler(signal.SIGINT, stopping.set)


def _stop_with_parent(stopping: asyncio.Event) -> None:
    inherited = os.environ.get(PARENT_FD, "")
    if not inherited:
        return
    fd = int(inherited)

    def look() -> None:
        if not os.read(fd, 1024):
            asyncio.get_running_loop().remove_reader(fd)
            stopping.set()

    asyncio.get_running_loop().add_reader(fd, look)
