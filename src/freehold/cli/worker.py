"""`./freehold worker`: delivers the outbox, runs scheduled jobs, and says that it is alive."""

from __future__ import annotations

import os
import socket
import threading
from uuid import uuid4

import click

from freehold.cli.installation import installation

RELAY_THREADS = 2
STOP_PATIENCE = 2.0


@click.command()
@click.option("--threads", default=RELAY_THREADS, show_default=True, help="Outbox messages delivered at once.")
def worker(threads: int) -> None:
    """Run background work until interrupted."""
    with installation():
        import django

        django.setup()
        from freehold.config.startup import refuse_demo_accounts

        refuse_demo_accounts()
        run_worker(threads)


def run_worker(threads: int) -> None:
    """Runs until SIGINT or SIGTERM. A second worker on the same database shares the work."""
    from procrastinate.contrib.django import app

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
        with app.replace_connector(app.connector.get_worker_connector()) as worker_app:  # type: ignore[attr-defined]
            worker_app.run_worker(name=worker_id)
    finally:
        stop.set()
        for helper in helpers:
            helper.join(STOP_PATIENCE)
