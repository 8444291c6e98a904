"""From stretches of time back to nights: which nights of a place does something take?"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from freehold.domain.periods import local_instant, time_zone

_DAY = timedelta(days=1)
_AROUND = timedelta(days=3)


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
        first, after = self._first_night_after(start), self._last_night_before(end) + _DAY
        return first, max(first, after)

    def _first_night_after(self, start: datetime) -> date:
        """The first night that ends after the instant."""
        local = start.astimezone(time_zone(self.time_zone))
        day = local.date()
        if _keeps_its_offset(local):
            return day - _DAY if local.time() < self.check_out_time else day
        first = day - 2 * _DAY
        while self.end(first) <= start:
            first += _DAY
        return first

    def _last_night_before(self, end: datetime) -> date:
        """The last night that begins before the instant."""
        local = end.astimezone(time_zone(self.time_zone))
        day = local.date()
        if _keeps_its_offset(local):
            return day if local.time() > self.check_in_time else day - _DAY
        last = day + _DAY
        while self.begin(last) >= end:
            last -= _DAY
        return last


def _keeps_its_offset(local: datetime) -> bool:
    """Whether the clocks change on none of the days around: then wall times tell the order of instants."""
    return (local - _AROUND).utcoffset() == (local + _AROUND).utcoffset()
