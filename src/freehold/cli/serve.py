"""`./freehold serve`: the HTTP server alone, for installations whose worker and database run elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click

from freehold.cli import guard
from freehold.cli.home import Home
from freehold.cli.installation import installation, is_external
from freehold.cli.lifeline import start_guard
from freehold.cli.supervisor import Interrupted, Service, Supervisor

THREADS = 4


def web_command(host: str, port: int, *, workers: int, threads: int) -> list[str]:
    """The HTTP server: WSGI on threads; a worker process that dies is replaced."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi"),
        *("--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(threads)),
        *("--respawn-failed-workers", "--workers-kill-timeout", "2"),
        *("--no-ws", "--log-level", "warning"),
        "freehold.cli.web:application",
    ]


def counted_together(home: Path, port: int) -> dict[str, str]:
    """For the server's environment: where its worker processes add up what they count, if anybody may read it.

    Emptied, because counts begin with the server.
    """
    if not any(os.environ.get(f"FREEHOLD_METRICS_{name}") for name in ("TOKEN", "NETWORKS")):
        return {}
    folder = home / "run" / f"metrics-{port}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder)}


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="one per processor")
@click.option("--threads", type=click.IntRange(1), default=THREADS, show_default=True, help="Per worker.")
def serve(host: str, port: int, workers: int, threads: int) -> None:
    """Serve the site and the API over HTTP until interrupted."""
    command = web_command(host, port, workers=workers, threads=threads)
    os.environ["PYTHONSAFEPATH"] = "1"
    os.environ.update(counted_together(Home.from_environment().path, port))
    if is_external():
        with installation():
            # The server takes this process's place: signals, exit code and logs are its own.
            os.execv(sys.executable, command)  # noqa: S606
    supervisor = Supervisor(report=click.echo)
    with installation(), supervisor.signals():
        spec = guard.Spec(name="web", command=command, stop_signals=[("SIGTERM", 3.0)])
        try:
            supervisor.start(Service("web", lambda: start_guard(spec, stdout=None)))
            supervisor.watch()
        except Interrupted:
            click.echo("Stopping ...")
        finally:
            supervisor.stop()
