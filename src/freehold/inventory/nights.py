"""From stretches of time back to nights: which nights of a place does something take?"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from freehold.domain.periods import local_instant, time_zone

_DAY = timedelta(days=1)


@lru_cache(maxsize=8192)
def _instant(day: date, wall_time: time, zone: str) -> datetime:
    return local_instant(day, wall_time, zone)


@dataclass(frozen=True, slots=True)
class NightClock:
    """When the nights of a place begin and end. A night is named by the date that it begins on."""

    check_in_time: time
    check_out_time: time
    time_zone: str

    def begin(self, night: date) -> datetime:
        return _instant(night, self.check_in_time, self.time_zone)

    def end(self, night: date) -> datetime:
        return _instant(night + _DAY, self.check_out_time, self.time_zone)

    def nights_touching(self, start: datetime, end: datetime) -> tuple[date, date]:
        """The nights that share an instant with [start, end), as [first, last + 1); empty when it lies between two."""
        first = self._local_date(start) - 2 * _DAY
        while self.end(first) <= start:
            first += _DAY
        after = self._local_date(end) + 2 * _DAY
        while self.begin(after - _DAY) >= end:
            after -= _DAY
        return first, max(first, after)

    def _local_date(self, moment: datetime) -> date:
        return moment.astimezone(time_zone(self.time_zone)).date()
