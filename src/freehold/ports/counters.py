"""The port for counting: how often something happened, exact however many processes count at once.

A bucket is a short text that names what is counted for whom. Every method is one atomic step of the store, by the
store's own clock. An adapter that cannot reach its store raises CountersUnavailable; nothing was counted then.
"""

from dataclasses import dataclass
from typing import Protocol


class CountersUnavailable(Exception):
    """The store does not answer."""


@dataclass(frozen=True, slots=True)
class Window:
    """At most `amount` in `seconds`, beginning with the first."""

    amount: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Backoff:
    """`free` attempts, then a pause of `first` seconds that doubles with every further attempt up to `cap`.

    After `memory` seconds without an attempt all is forgotten; it is at least `cap`.
    """

    free: int
    first: int = 60
    cap: int = 900
    memory: int = 86_400


class Counters(Protocol):
    """Where counts are kept."""

    def count(self, bucket: str, window: Window) -> float:
        """Counts one more, unless the window is full. 0 when it is within, else the seconds until the window ends."""
        ...

    def attempt(self, bucket: str, backoff: Backoff) -> float:
        """Counts one more attempt, unless there is a pause. 0 when it may be made, else the seconds of pause left."""
        ...

    def give_back(self, bucket: str) -> None:
        """Takes one count back, and with it a pause."""
        ...

    def forget(self, bucket: str) -> None:
        """Starts afresh."""
        ...

    def forget_ended(self) -> int:
        """Deletes what has ended. Returns how many; a store that does so itself returns 0."""
        ...
