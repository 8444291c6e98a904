"""Starts simulators, serves until told to end, and ends at once.

Usually one per process. A demonstration runs several in one, because each Python costs memory: they share nothing but
the process, and a failure of one ends all of them.

FREEHOLD_PARENT_FD names the reading end of a pipe whose other end the parent holds: when it closes, the parent is
gone and the simulator leaves as well.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
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


def _nothing(parser: argparse.ArgumentParser) -> None:
    """For a simulator that has no arguments of its own."""


@dataclass(frozen=True, slots=True)
class Program:
    """One simulator as it is started. Its books belong into `folder_of(arguments, name)`.

    The namespace that `build` gets has `home`, `host`, `port`, `public_url` (without a slash at its end), and what
    `add_arguments` added.
    """

    name: str
    title: str
    build: Build
    usual_port: int
    add_arguments: Callable[[argparse.ArgumentParser], None] = _nothing

    def arguments(self, argv: Sequence[str]) -> argparse.Namespace:
        parser = argparse.ArgumentParser(prog=f"freehold.simulators.{self.name}", description=self.title)
        parser.add_argument("--home", type=Path, required=True, help="folder that keeps the books")
        parser.add_argument("--port", type=int, default=self.usual_port)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--public-url", default="", help="address that browsers use (default: host and port)")
        self.add_arguments(parser)
        arguments = parser.parse_args(argv)
        arguments.public_url = arguments.public_url.rstrip("/") or f"http://{arguments.host}:{arguments.port}"
        return arguments


def run(program: Program, argv: Sequence[str]) -> None:
    """The whole life of a process with one simulator."""
    run_all([(program, argv)])


def run_all(programs: Sequence[tuple[Program, Sequence[str]]]) -> None:
    """The whole life of a process: every program with its arguments."""
    wanted = [(program, program.arguments(argv)) for program, argv in programs]
    with ExitStack() as locks:
        for program, arguments in wanted:
            try:
                check_port(arguments.host, arguments.port)
                locks.enter_context(claim_home(folder_of(arguments, program.name), program.title))
            except Occupied as error:
                sys.exit(f"{program.title}: {error}")
        asyncio.run(_live(wanted))


def folder_of(arguments: argparse.Namespace, name: str) -> Path:
    """The simulator's folder in the home."""
    home: Path = arguments.home
    return home / name


def listed(variable: str, default: str) -> list[str]:
    """Secrets of the environment, comma-separated: other users of the machine can read the command line."""
    values = [value.strip() for value in os.environ.get(variable, "").split(",")]
    return [value for value in values if value] or [default]


type Wanted = Sequence[tuple[Program, argparse.Namespace]]


async def _live(wanted: Wanted) -> None:
    status = await _serve(wanted)
    sys.stderr.flush()
    # Every change is on disk before its answer: requests that still hang need no farewell.
    os._exit(status)


async def _serve(wanted: Wanted) -> int:
    """Serve until a signal, the end of the parent, or the failure of a part; the exit status."""
    stopping = asyncio.Event()
    _stop_on_signals(stopping)
    _stop_with_parent(stopping)
    servers: list[Server] = []
    # Which simulator each part belongs to, for the one that fails.
    parts: dict[asyncio.Task[None], str] = {}
    for program, arguments in wanted:
        running = program.build(arguments)
        servers.append(_server(running, arguments))
        parts[asyncio.create_task(servers[-1].serve())] = program.title
        parts[asyncio.create_task(running.courier.run())] = program.title
        if not os.environ.get(PARENT_FD):
            # Keys are told to the person who starts one by hand, not to the log of several.
            hints = running.hints if len(wanted) == 1 else ()
            print(f"{program.title} at {arguments.public_url}/", *hints, sep="\n  ", flush=True)  # noqa: T201
    waiting = asyncio.create_task(stopping.wait())
    done, _ = await asyncio.wait({*parts, waiting}, return_when=asyncio.FIRST_COMPLETED)
    for task in done - {waiting}:
        print(f"{parts[task]} stopped: {task.exception()!r}", file=sys.stderr)  # type: ignore[index]  # noqa: T201
    for server in servers:
        server.stop()  # type: ignore[no-untyped-call]
    await asyncio.wait(parts, timeout=GRACE_S)
    return 0 if waiting in done else 1


def _server(running: Running, arguments: argparse.Namespace) -> Server:
    return Server(
        running.app,
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
    )


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
