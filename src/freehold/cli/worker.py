"""`./freehold worker`: delivers the outbox, runs scheduled jobs, and says that it is alive."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import threading
from uuid import uuid4

import click
import structlog

from freehold.cli.installation import installation

RELAY_THREADS = 2
JOBS_AT_ONCE = 4
STOP_PATIENCE = 2.0
RETRY_PAUSE = 1.0
# A job queue that finds no connection in this time starts over, with new connections.
CONNECT_PATIENCE = 3.0
NICENESS = 5

log = structlog.get_logger(__name__)


@click.command()
@click.option("--threads", default=RELAY_THREADS, show_default=True, help="Outbox messages delivered at once.")
def worker(threads: int) -> None:
    """Run background work until interrupted."""
    with installation():
        # Who waits for an answer comes first where both share the processors.
        os.nice(NICENESS)
        import django

        django.setup()
        from freehold.config.startup import refuse_demo_accounts

        refuse_demo_accounts()
        run_worker(threads)


def run_worker(threads: int) -> None:
    """Runs until SIGINT or SIGTERM. A second worker on the same database shares the work."""
    from freehold.core import outbox

    worker_id = f"{socket.gethostname()[:24]}:{os.getpid()}:{uuid4().hex[:8]}"
    stop = threading.Event()
    # The first sign of life comes before the first lease: a lease of a silent worker is free for others.
    outbox.beat(worker_id)
    helpers = [
        threading.Thread(target=outbox.run_heartbeat, args=(worker_id, stop), name="heartbeat", daemon=True),
        *(
            threading.Thread(target=outbox.run_relay, args=(worker_id, stop), name=f"relay-{number}", daemon=True)
            for number in range(threads)
        ),
    ]
    for helper in helpers:
        helper.start()
    try:
        asyncio.run(_run_jobs(worker_id))
    finally:
        stop.set()
        for helper in helpers:
            helper.join(STOP_PATIENCE)


async def _run_jobs(name: str) -> None:
    """The job queue, begun anew whenever it ends: it gives up when its database goes away, the worker does not."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    stop = asyncio.create_task(stopping.wait())
    while not stopping.is_set():
        queue = asyncio.create_task(_run_queue(name))
        await asyncio.wait({queue, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not stopping.is_set():
            log.warning("job_queue_ended", error=repr(queue.exception()))
            await asyncio.wait({stop}, timeout=RETRY_PAUSE)
        else:
            queue.cancel()
            with contextlib.suppress(Exception, asyncio.CancelledError):
                await asyncio.wait_for(queue, STOP_PATIENCE)


async def _run_queue(name: str) -> None:
    from procrastinate import PsycopgConnector
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.utils import connector_params

    connector = PsycopgConnector(
        kwargs=connector_params(), min_size=1, max_size=JOBS_AT_ONCE + 2, timeout=CONNECT_PATIENCE
    )
    with app.replace_connector(connector) as jobs:
        async with jobs.open_async():
            await jobs.run_worker_async(name=name, concurrency=JOBS_AT_ONCE, install_signal_handlers=False)
