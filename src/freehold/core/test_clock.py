"""The test clock: demonstrations and tests move time on, and everything that was due by then happens.

Only forward. What was decided at a later moment (a refund, an expiry, an entry in the ledger) would otherwise lie in
the future; who wants the present back starts a new home.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from freehold.core import clock
from freehold.core.errors import BadInput
from freehold.core.events import Event, announce

FARTHEST = timedelta(days=5 * 366)


@dataclass(frozen=True, slots=True)
class ClockMoved(Event):
    """Freehold's clock was moved on; whatever waits for a moment looks again."""

    by_seconds: int


def move_clock(*, by: timedelta) -> None:
    """Moves Freehold's clock on, for all processes within a second. Whether it may be moved is the caller's matter.

    Raises BadInput for no step at all, a step back, and for more than five years in all.
    """
    if by < timedelta(seconds=1):
        raise BadInput("Time only goes forward, by at least a second.", code="not_forward", attr="by")
    if by > FARTHEST - clock.offset():
        raise BadInput("The clock moves at most five years.", code="too_far", attr="by")
    with transaction.atomic():
        clock.move(by)
        announce(ClockMoved(by_seconds=int(by.total_seconds())))
