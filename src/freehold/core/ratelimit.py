"""Limits on what must not happen too often, exact however many processes count.

`consume` is a window: so many in so many seconds. `attempt` is for guesses: some are free, then each costs a longer
pause. Counts are kept by `outside.counters()`: PostgreSQL, or Redis where one is set.
"""

import hashlib
import math
import re
from dataclasses import dataclass
from typing import Self

from freehold.core import outside
from freehold.ports.counters import Backoff, Window

__all__ = ["Backoff", "RateLimit", "Verdict", "attempt", "consume", "forget", "forget_ended", "give_back"]

_RATE = re.compile(r"([0-9]+)/([0-9]+)s")


@dataclass(frozen=True, slots=True)
class RateLimit(Window):
    """A window as the settings write it."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads "60/10s". Raises ValueError for anything else."""
        match = _RATE.fullmatch(text)
        if match is None or not int(match[1]) or not int(match[2]):
            raise ValueError(f"A rate limit is written like 60/10s, not {text!r}.")
        return cls(int(match[1]), int(match[2]))


@dataclass(frozen=True, slots=True)
class Verdict:
    """`retry_after`: whole seconds until trying again makes sense, at least 1; None when allowed."""

    allowed: bool
    retry_after: int | None = None


def consume(*, scope: str, identity: str, limit: Window) -> Verdict:
    """Counts one more of `scope` for `identity`, and says whether it is within `limit`."""
    return _verdict(outside.counters().count(_bucket(scope, identity), limit))


def attempt(*, scope: str, identity: str, backoff: Backoff) -> Verdict:
    """Counts one more attempt of `identity`, unless it has to pause. `give_back` or `forget` when it went well."""
    return _verdict(outside.counters().attempt(_bucket(scope, identity), backoff))


def give_back(*, scope: str, identity: str) -> None:
    """Takes one count back: what was counted in advance turned out well."""
    outside.counters().give_back(_bucket(scope, identity))


def forget(*, scope: str, identity: str) -> None:
    """Starts afresh for `identity`."""
    outside.counters().forget(_bucket(scope, identity))


def forget_ended() -> int:
    """Deletes counters whose window is over. Returns how many."""
    return outside.counters().forget_ended()


def _verdict(wait: float) -> Verdict:
    return Verdict(allowed=True) if wait <= 0 else Verdict(allowed=False, retry_after=max(1, math.ceil(wait)))


def _bucket(scope: str, identity: str) -> str:
    """The identity may be an address or a number: the store holds its hash."""
    return f"{scope}:{hashlib.sha256(identity.encode()).hexdigest()[:32]}"
