"""Free space to book, dealt out to many processes so that no two of them ever want the same."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bench.results import NotMeasured
from bench.world.make import OpenListing

NIGHTS = 3
_FIRST_DAY = 10
_LAST_DAY = 520
_ROUNDS = (_LAST_DAY - _FIRST_DAY) // (NIGHTS + 1)


@dataclass(frozen=True, slots=True)
class Slot:
    listing: OpenListing
    check_in: date
    check_out: date

    @property
    def range_text(self) -> str:
        """About the same period for plain SQL, which knows no turn-over times."""
        moments = [datetime.combine(day, time(12), UTC).isoformat() for day in (self.check_in, self.check_out)]
        return f"[{moments[0]},{moments[1]})"


class Slots:
    """Every listing once before any listing twice. Made before the processes fork, used in all of them."""

    def __init__(self, listings: Sequence[OpenListing], today: date) -> None:
        self._listings = listings
        self._today = today
        self._next = multiprocessing.get_context("fork").Value("q", 0)

    def take(self) -> Slot:
        """Raises NotMeasured when everything is booked."""
        with self._next.get_lock():
            number = self._next.value
            self._next.value += 1
        rounds, index = divmod(number, len(self._listings))
        if rounds >= _ROUNDS:
            raise NotMeasured("this machine is too quick: no free space is left to book")
        check_in = self._today + timedelta(days=_FIRST_DAY + rounds * (NIGHTS + 1))
        return Slot(self._listings[index], check_in, check_in + timedelta(days=NIGHTS))
