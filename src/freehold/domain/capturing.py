"""When money that a payer's bank holds is taken.

Most places take it at once. A place may also let it be held first: until its booking is sure, until the guest is there,
or until somebody takes it. What is only held is not paid: a booking that is cancelled before lets it go.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum


class CaptureWhen(StrEnum):
    AT_ONCE = "at_once"  # what is paid is ours
    CONFIRMATION = "confirmation"  # held while the host answers a request, or until the space is sure
    CHECK_IN = "check_in"  # held makes the booking sure; taken when the guest has come
    BY_HAND = "by_hand"  # held makes the booking sure; taken when somebody says so


HOLDS_FIRST = frozenset(CaptureWhen) - {CaptureWhen.AT_ONCE}
HELD_IS_ENOUGH = frozenset({CaptureWhen.CHECK_IN, CaptureWhen.BY_HAND})
"""What is held confirms the booking."""


def capture_of_all(wanted: Iterable[CaptureWhen]) -> CaptureWhen:
    """Of what is booked together: the one way that all have, else at once."""
    ways = set(wanted)
    return ways.pop() if len(ways) == 1 else CaptureWhen.AT_ONCE


def holds_first(
    wanted: CaptureWhen, *, manual_capture: bool, authorization_days: int, now: datetime, needed_until: datetime
) -> bool:
    """Whether a payment is held instead of taken. Never where the provider cannot, nor where the bank would let it go
    before the deadline by which the host answers."""
    if wanted is CaptureWhen.AT_ONCE or not manual_capture:
        return False
    return needed_until <= now + timedelta(days=authorization_days) - timedelta(hours=12)


def confirms(wanted: CaptureWhen, *, held_until: datetime, starts_at: datetime) -> bool:
    """Whether what is held makes the booking sure: if it will still be held when the guest arrives. Else it is taken
    as soon as the space is sure."""
    return wanted in HELD_IS_ENOUGH and starts_at <= held_until
