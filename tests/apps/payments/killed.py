"""A process that sells, hears or refunds, and is killed at a chosen moment: `python -m tests.apps.payments.killed`.

Arguments: the moment, what to do, the id of its row, and the gateway's address.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

from freehold.adapters.payments.sandbox import SandboxProvider, SandboxSettings  # noqa: E402
from freehold.core import outside  # noqa: E402
from freehold.payments.services import apply_snapshot as applying  # noqa: E402
from freehold.payments.services import execute_refund as executing  # noqa: E402
from freehold.payments.services import open_at_gateway as opening  # noqa: E402
from freehold.payments.services.apply_event import apply_event  # noqa: E402
from tests.simulators.sandbox_process import API_KEY, SECRET  # noqa: E402

DEEDS: dict[str, Callable[[str], Any]] = {
    "open": lambda row: opening.open_at_gateway(payment_id=row),
    "hear": lambda row: apply_event(event_id=row),
    "refund": lambda row: executing.execute_refund(refund_id=row),
}


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arrange(moment: str) -> None:
    """Puts death in the way of the deed."""
    match moment:
        case "before_the_call":
            opening.call = executing.call = die
        case "after_the_call":
            opening.apply_snapshot = executing.apply_refund_snapshot = die
        case "before_the_commit":
            applying._announce = die


def main(moment: str, deed: str, row: str, gateway_url: str) -> None:
    account = SandboxSettings(base_url=gateway_url, api_key=API_KEY, webhook_secrets=(SECRET,))
    outside.bind_payment_gateway(SandboxProvider(account))
    arrange(moment)
    DEEDS[deed](row)


if __name__ == "__main__":
    main(*sys.argv[1:])
