"""Starts the gateway: `python -m freehold.simulators.sandbox --home DIR --port P`.

Secrets are better given by the environment, where other users of the machine cannot read them:
FREEHOLD_SANDBOX_SECRETS (one or two webhook secrets, comma-separated) and FREEHOLD_SANDBOX_API_KEY.
FREEHOLD_PARENT_FD names the reading end of a pipe whose other end the parent holds: when it closes, the parent is
gone and the gateway leaves as well.
"""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server

from freehold.simulators.sandbox.app import build_app
from freehold.simulators.sandbox.books import Books
from freehold.simulators.sandbox.claims import Occupied, check_port, claim_home
from freehold.simulators.sandbox.courier import Courier
from freehold.simulators.sandbox.gateway import Gateway

DEFAULT_SECRET = "whsec_sandbox"  # noqa: S105 - guards play money
DEFAULT_API_KEY = "sk_sandbox"
FOLDER = "sandbox"
PARENT_FD = "FREEHOLD_PARENT_FD"
GRACE_S = 0.5


def read_arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="freehold.simulators.sandbox", description="Sandbox payment gateway")
    parser.add_argument("--home", type=Path, required=True, help="folder that keeps the books")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--public-url", default="", help="address that browsers use (default: host and port)")
    parser.add_argument(
        "--secret", action="append", dest="secrets", help="webhook secret; give two while one replaces the other"
    )
    parser.add_argument("--api-key", default=os.environ.get("FREEHOLD_SANDBOX_API_KEY") or DEFAULT_API_KEY)
    arguments = parser.parse_args(argv)
    arguments.secrets = arguments.secrets or _secrets_from_environment()
    arguments.public_url = arguments.public_url.rstrip("/") or f"http://{arguments.host}:{arguments.port}"
    return arguments


def _secrets_from_environment() -> list[str]:
    listed = os.environ.get("FREEHOLD_SANDBOX_SECRETS", "").split(",")
    return [secret.strip() for secret in listed if secret.strip()] or [DEFAULT_SECRET]


async def serve(arguments: argparse.Namespace) -> int:
    """Serve until a signal, the end of the parent, or the failure of a part; the exit status."""
    books = Books(arguments.home / FOLDER / "books.sqlite3")
    gateway = Gateway(books, arguments.public_url)
    server = Server(
        build_app(gateway, api_key=arguments.api_key),
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
    delivering = asyncio.create_task(Courier(gateway, secrets=arguments.secrets).run())
    waiting = asyncio.create_task(stopping.wait())
    done, _ = await asyncio.wait({serving, delivering, waiting}, return_when=asyncio.FIRST_COMPLETED)
    for task in done - {waiting}:
        print(f"sandbox gateway stopped: {task.exception()!r}", file=sys.stderr)  # noqa: T201
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


async def _run(arguments: argparse.Namespace) -> None:
    status = await serve(arguments)
    sys.stderr.flush()
    # Every change is on disk before its answer: requests that still hang need no farewell.
    os._exit(status)


def main(argv: list[str]) -> None:
    arguments = read_arguments(argv)
    try:
        check_port(arguments.host, arguments.port)
        lock = claim_home(arguments.home / FOLDER)
    except Occupied as error:
        sys.exit(f"sandbox gateway: {error}")
    with lock:
        asyncio.run(_run(arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
