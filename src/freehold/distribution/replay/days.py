"""What happened on each day, in the order of a day at a hotel.

    who did not come the day before, check-outs in the morning, new bookings, cancellations, arrivals

Only bookings that have begun and not ended are kept in memory.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from freehold.distribution.replay.rows import HotelBooking, Outcome, RefusedRow


@dataclass(slots=True)
class Day:
    """What happens on one date: lists in the order of the source."""

    date: date
    missed: list[HotelBooking] = field(default_factory=list)
    departures: list[HotelBooking] = field(default_factory=list)
    booked: list[HotelBooking] = field(default_factory=list)
    cancelled: list[HotelBooking] = field(default_factory=list)
    arrivals: list[HotelBooking] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)

    @property
    def size(self) -> int:
        parts = (self.missed, self.departures, self.booked, self.cancelled, self.arrivals)
        return sum(len(part) for part in parts)


def days(rows: Iterable[HotelBooking | RefusedRow]) -> Iterator[Day]:
    """Every date on which something happens, in order. `rows` come in the order of their booking dates."""
    waiting: dict[date, Day] = {}
    today: date | None = None
    refused: list[RefusedRow] = []
    for row in rows:
        if isinstance(row, RefusedRow):
            refused.append(row)
            continue
        if today is not None and row.booked_on < today:
            raise ValueError(f"Row {row.row} was booked before the row above it.")
        if today != row.booked_on:
            yield from _until(waiting, row.booked_on)
            today = row.booked_on
        day = _day(waiting, today)
        day.booked.append(row)
        day.refused += refused
        refused = []
        _plan(waiting, row)
    last = max(waiting, default=None)
    if last is not None:
        waiting[last].refused += refused
        yield from _until(waiting, last + timedelta(days=1))
    elif refused and today is not None:
        yield Day(today, refused=refused)


def _day(waiting: dict[date, Day], on: date) -> Day:
    return waiting.setdefault(on, Day(on))


def _plan(waiting: dict[date, Day], row: HotelBooking) -> None:
    match row.outcome:
        case Outcome.CANCELLED:
            # A day of cancelling before the booking, or after the stay, is a slip of the pen.
            on = min(max(row.ended_on, row.booked_on), row.check_in)
            _day(waiting, on).cancelled.append(row)
        case Outcome.NO_SHOW:
            _day(waiting, row.check_in + timedelta(days=1)).missed.append(row)
        case Outcome.STAYED:
            _day(waiting, row.check_in).arrivals.append(row)
            _day(waiting, max(row.ended_on, row.check_in + timedelta(days=1))).departures.append(row)


def _until(waiting: dict[date, Day], end: date) -> Iterator[Day]:
    for on in sorted(day for day in waiting if day < end):
        yield waiting.pop(on)


def rooms_needed(rows: Iterable[HotelBooking | RefusedRow]) -> dict[tuple[str, str], int]:
    """So many rooms of each (hotel, type) that every booking finds one, in the type reserved and in that assigned.

    The most bookings of one night, cancelled ones included as they may be there until the last day, and a tenth more,
    because stays that come one by one do not fit together without gaps.
    """
    changes: dict[tuple[str, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        if isinstance(row, RefusedRow):
            continue
        for room_type in {row.room_type, row.assigned_type}:
            changes[row.hotel, room_type][row.check_in] += 1
            changes[row.hotel, room_type][row.check_out] -= 1
    needed: dict[tuple[str, str], int] = {}
    for key, by_day in changes.items():
        now = most = 0
        for on in sorted(by_day):
            now += by_day[on]
            most = max(most, now)
        needed[key] = most + most // 10 + 2
    return needed
