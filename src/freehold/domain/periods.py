"""Stretches of time: half-open instants for the calendar, nights for people, and the bridge between the two.

A night is an instant-to-instant period made of the property's check-in and check-out times in its own time
zone. A few times a year a zone's wall clock jumps, and then a wall time means *the first instant at which the
clock shows it or something later*:

* **gap** (clocks went forward, the wall time does not exist): the first instant after the gap;
* **fold** (clocks went back, it exists twice): its first occurrence, for arrival and departure alike.

So a later wall time is never an earlier instant, and back-to-back stays never overlap, whatever the zone and
the day. (The later occurrence for a departure would be kinder by an hour, and would make two neighbouring
stays that turn over within the fold claim the same hour.) When a zone skips a whole day, as Apia did on
2011-12-30, every wall time of that day is the first instant of the next.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from freehold.domain.errors import DomainError

MAX_NIGHTS = 365

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of what has no end: later than anything that is ever booked, and far enough from the last date that any
zone can show it."""


class PeriodError(DomainError):
    """Dates or instants that make no period; `code` says which rule they break."""


@dataclass(frozen=True, slots=True)
class Period:
    """[start, end): aware instants, kept in UTC. Raises PeriodError when naive or empty."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise PeriodError("naive_datetime", "A period needs instants with a time zone.")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.start >= self.end:
            raise PeriodError("empty_period", "The end must come after the start.")

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: "Period") -> bool:
        """Whether an instant belongs to both. Neighbours that only touch do not overlap."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Period | datetime") -> bool:
        """Whether the instant, or every instant of the other period, belongs to this one."""
        if isinstance(other, Period):
            return self.start <= other.start and other.end <= self.end
        return self.start <= other < self.end

    def adjacent(self, other: "Period") -> bool:
        """Whether one begins exactly where the other ends."""
        return self.end == other.start or other.end == self.start


def nights(check_in: date, check_out: date) -> int:
    """Number of nights of a stay, 1 to MAX_NIGHTS; anything else raises PeriodError."""
    count = (check_out - check_in).days
    if count < 1:
        raise PeriodError("check_out_before_check_in", "Check-out must be after check-in.")
    if count > MAX_NIGHTS:
        raise PeriodError("stay_too_long", f"A stay has at most {MAX_NIGHTS} nights.")
    return count


def night_dates(check_in: date, check_out: date) -> tuple[date, ...]:
    """The date on which each night of the stay begins; the check-out date is not among them."""
    return tuple(check_in + timedelta(days=index) for index in range(nights(check_in, check_out)))


@lru_cache(maxsize=1024)
def time_zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name; PeriodError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PeriodError("unknown_time_zone", f"Unknown time zone: {name!r}.") from None


def local_instant(day: date, wall_time: time, zone: str) -> datetime:
    """The UTC instant at which the zone's wall clock shows that day and time (gap and fold: see the
    module)."""
    if wall_time.tzinfo is not None:
        raise PeriodError("aware_wall_time", "A wall clock time carries no time zone of its own.")
    place = time_zone(zone)
    wall = datetime.combine(day, wall_time.replace(fold=0), tzinfo=place)
    try:
        instant = wall.astimezone(UTC)
        exists = instant.astimezone(place).replace(tzinfo=None) == wall.replace(tzinfo=None)
    except OverflowError:
        raise PeriodError("date_out_of_range", "This date is out of range.") from None
    return instant if exists else _first_instant_after_gap(wall)


def _first_instant_after_gap(wall: datetime) -> datetime:
    """The transition that swallowed a wall time. Reading it with the offset after (fold=1) and before
    (fold=0) the jump gives instants on either side of the transition; halve the distance to the second."""
    place = wall.tzinfo
    before = wall.replace(fold=1).astimezone(UTC)
    after = wall.replace(fold=0).astimezone(UTC)
    offset_after = after.astimezone(place).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(place).utcoffset() == offset_after:
            high = middle
        else:
            low = middle
    return (before + timedelta(seconds=high)).replace(microsecond=0)


def stay_period(check_in: date, check_out: date, check_in_time: time, check_out_time: time, zone: str) -> Period:
    """The instants that a stay claims. Raises PeriodError for impossible dates or an unknown zone."""
    nights(check_in, check_out)
    return Period(local_instant(check_in, check_in_time, zone), local_instant(check_out, check_out_time, zone))
