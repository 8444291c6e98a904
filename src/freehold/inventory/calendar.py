"""The calendar of a listing: for each day whether one can sleep there, arrive and depart, and if not, why.

All of it follows from one question: which stays can be had? A stay can be had when the rules of the listing accept its
dates and some option of the listing is free for it, and for the days of turnover after it. A night is available when a
stay that can be had contains it; a day is one of arrival or departure when such a stay begins or ends on it.

With `min_nights` and `max_nights` of the arrival this is exact: the stay from `a` to `e` can be had when one can arrive
on `a` and depart on `e`, and it has no fewer and no more nights than `a` says.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate, repeat
from typing import NamedTuple
from uuid import UUID

from freehold.domain.listing_rules import (
    Lengths,
    StayRules,
    arrival_days,
    arrival_reasons,
    day_reasons,
    departure_days,
    departure_reasons,
    lengths_of_days,
    too_long,
    too_short,
)
from freehold.domain.money import Money
from freehold.domain.periods import time_zone
from freehold.domain.reasons import Reason, counted
from freehold.inventory.nights import NightClock
from freehold.inventory.occupancy import Option
from freehold.inventory.reasons import NO_UNITS, TURNOVER, ClosedBy, Taken, closing_reason

_DAY = timedelta(days=1)
_NOTHING: tuple[Reason, ...] = ()


class CalendarDay(NamedTuple):
    """One day, and the night that begins on it. `price` is the night's, before discounts, fees and taxes.

    `reasons` say why no stay has the night, the others why none begins or ends on the day. `min_nights` and
    `max_nights`: the shortest and the longest stay that can be had from here, None when none begins here.

    A tuple, because a calendar makes hundreds of them at once.
    """

    date: date
    reasons: tuple[Reason, ...]
    price: Money | None = None
    arrival_reasons: tuple[Reason, ...] = ()
    departure_reasons: tuple[Reason, ...] = ()
    min_nights: int | None = None
    max_nights: int | None = None

    @property
    def is_available(self) -> bool:
        return not self.reasons

    @property
    def can_arrive(self) -> bool:
        return not self.arrival_reasons

    @property
    def can_depart(self) -> bool:
        return not self.departure_reasons


@dataclass(frozen=True, slots=True)
class StayCalendar:
    """The days of one listing. `own_claims` are the holds of whoever looks."""

    rules: StayRules
    clock: NightClock
    now: datetime
    own_claims: Collection[UUID] = field(default=frozenset())

    @property
    def today(self) -> date:
        return self.now.astimezone(time_zone(self.rules.time_zone)).date()

    def look_around(self, start: date, end: date) -> tuple[date, date]:
        """The nights that must be known to judge the days in [start, end): stays reach out of them on both sides."""
        window = self.rules.booking_window_days
        if window is not None and (start - self.today).days > window + 1:
            return start, end
        last = end + timedelta(days=self.rules.longest_stay)
        if window is not None:
            last = min(last, self.today + timedelta(days=window + 1))
        first = max(start - timedelta(days=self.rules.reach), self.today)
        return min(first, start), max(last + timedelta(days=self.rules.turnover_days), end)

    def days(
        self, options: Sequence[Option], start: date, end: date, prices: Iterable[Money | None] = repeat(None)
    ) -> list[CalendarDay]:
        """`options` hold everything that is taken in `look_around(start, end)`. `prices` are those of the nights."""
        return _Judge(self, options, *self.look_around(start, end)).days(start, end, prices)


class _Judge:
    """Works with numbers of days since `first`. `free_until[a]`: up to which day the best option is free from `a`.

    What the rules say is asked once for all days; only what is closed is looked at day by day.
    """

    def __init__(self, calendar: StayCalendar, options: Sequence[Option], first: date, after: date) -> None:
        self._rules, self._clock, self._own = calendar.rules, calendar.clock, calendar.own_claims
        self._today, self._now = calendar.today, calendar.now
        self._first, self._count = first, (after - first).days
        self._taken = [list(self._stretches(option)) for option in options]
        self._free_until = _free_until(self._taken, self._count)
        self._lengths = lengths_of_days(self._rules, first, after)
        self._may_end = departure_days(self._rules, first, after + _DAY)
        self._next_departure, self._previous_departure = _nearest(self._may_end)
        window = self._rules.booking_window_days
        today = (self._today - first).days
        self._window_end = self._count if window is None else min(self._count, today + window + 1)
        self._earliest = self._earliest_arrival(max(0, today))
        self._may_begin = arrival_days(self._rules, first, after)
        self._may_begin[: self._earliest] = [False] * min(self._earliest, self._count)
        self._previous_arrival = list(
            accumulate((day if may_begin else -1 for day, may_begin in enumerate(self._may_begin)), max)
        )
        self._shortest: list[int | None] = [None] * self._count
        self._longest: list[int | None] = [None] * self._count
        self._is_available = [False] * self._count
        self._can_depart: list[bool] = []
        self._find_stays()

    def days(self, start: date, end: date, prices: Iterable[Money | None]) -> list[CalendarDay]:
        first, after = self._index(start), self._index(end)
        nights = self._reasons_of_nights(first - 1, after)
        shown = slice(first, after)
        columns = zip(
            _days(start, end),
            nights[1:],
            prices,
            self._no_arrivals(first, nights[1:]),
            self._no_departures(first, nights[:-1]),
            self._shortest[shown],
            self._longest[shown],
            strict=False,  # Prices may go on for ever.
        )
        return [CalendarDay(*columns_of_day) for columns_of_day in columns]

    # --- which stays can be had -----------------------------------------------------------------------------------

    def _find_stays(self) -> None:
        covered = 0
        departures = [0] * (self._count + 2)
        for arrival in range(self._earliest, self._window_end):
            if not self._may_begin[arrival] or self._free_until[arrival] <= arrival:
                continue
            least, most = self._span(arrival)
            if least > most or self._next_departure[least] > most:
                continue
            last = self._previous_departure[most]
            self._shortest[arrival] = self._next_departure[least] - arrival
            self._longest[arrival] = last - arrival
            departures[least] += 1
            departures[most + 1] -= 1
            if last > covered:
                begin = max(covered, arrival)
                self._is_available[begin:last] = [True] * (last - begin)
                covered = last
        self._can_depart = [
            open_stays > 0 and may_end
            for open_stays, may_end in zip(accumulate(departures), self._may_end, strict=False)
        ]

    def _span(self, arrival: int) -> tuple[int, int]:
        """The first and the last day on which a stay from there may end, were every day one of departure."""
        lengths = self._lengths[arrival]
        free = self._free_until[arrival] - self._rules.turnover_days
        return arrival + lengths.min_nights, min(arrival + lengths.max_nights, self._window_end, free)

    def _earliest_arrival(self, today: int) -> int:
        """What is too late today is not too late tomorrow."""
        for index in range(today, self._window_end):
            if not day_reasons(self._rules, day=self._day(index), today=self._today, now=self._now):
                return index
        return self._count

    # --- why not --------------------------------------------------------------------------------------------------

    def _reasons_of_nights(self, first: int, after: int) -> list[tuple[Reason, ...]]:
        """Why no stay has each of the nights in [first, after)."""
        taken = self._reasons_of_taken_nights(first, after)
        # Beyond the window one night is as closed as another.
        beyond = self._rule_against(self._window_end) if after > self._window_end else _NOTHING
        found = []
        for index in range(first, after):
            if index >= self._window_end:
                found.append(beyond)
            elif index < self._earliest:
                found.append(self._rule_against(index))
            elif self._is_available[index]:
                found.append(_NOTHING)
            else:
                found.append(taken.get(index) or self._no_stay_with(index))
        return found

    def _rule_against(self, index: int) -> tuple[Reason, ...]:
        return day_reasons(self._rules, day=self._day(index), today=self._today, now=self._now)

    def _no_stay_with(self, night: int) -> tuple[Reason, ...]:
        """The night is free, but the stays that would have it break a rule: the nearest arrival that is allowed tells
        which, and if none is, what forbids one."""
        if self._free_until[night] <= night:
            return (NO_UNITS,)
        arrival = self._previous_arrival[night]
        if arrival >= 0 and self._free_until[arrival] > night:
            return (self._obstacle(arrival, night),)
        return arrival_reasons(self._rules, self._day(night))

    def _obstacle(self, arrival: int, night: int) -> Reason:
        """Why no stay from there has the night, though it may begin."""
        lengths = self._lengths[arrival]
        least, most = self._span(arrival)
        if least > most:
            return self._gap_too_short(lengths)
        if arrival + lengths.max_nights <= night:
            return too_long(lengths)
        if most <= night:
            return TURNOVER
        return departure_reasons(self._rules, self._day(max(least, night + 1)))[0]

    def _gap_too_short(self, lengths: Lengths) -> Reason:
        needed = counted(lengths.min_nights, "night")
        if lengths.season is not None and lengths.season.label:
            needed += f" in “{lengths.season.label}”"
        if self._rules.turnover_days:
            needed += f", and {counted(self._rules.turnover_days, 'day')} kept free after it"
        return Reason(ClosedBy.GAP_TOO_SHORT, f"Free, but for less than the shortest stay ({needed}).")

    def _no_arrivals(self, first: int, nights: Sequence[tuple[Reason, ...]]) -> list[tuple[Reason, ...]]:
        """Why no stay begins on the days from `first` on; `nights`: why their own nights are closed, if they are."""
        return [
            self._no_arrival(index, night) if self._shortest[index] is None else _NOTHING
            for index, night in enumerate(nights, start=first)
        ]

    def _no_arrival(self, index: int, night: tuple[Reason, ...]) -> tuple[Reason, ...]:
        is_open = self._earliest <= index < self._window_end and self._free_until[index] > index
        if not is_open:
            return night
        return arrival_reasons(self._rules, self._day(index)) or (self._obstacle(index, index),)

    def _no_departures(self, first: int, nights_before: Sequence[tuple[Reason, ...]]) -> list[tuple[Reason, ...]]:
        """Why no stay ends on the days from `first` on; `nights_before`: why the last nights of such stays are closed,
        if they are."""
        return [
            _NOTHING if self._can_depart[index] else self._no_departure(index, night_before)
            for index, night_before in enumerate(nights_before, start=first)
        ]

    def _no_departure(self, index: int, night_before: tuple[Reason, ...]) -> tuple[Reason, ...]:
        if not self._may_end[index]:
            return departure_reasons(self._rules, self._day(index))
        if night_before:
            return night_before
        arrival = self._previous_arrival[index - 1]
        if arrival >= 0 and self._free_until[arrival] - self._rules.turnover_days >= index:
            lengths = self._lengths[arrival]
            return (too_short(lengths) if arrival + lengths.min_nights > index else too_long(lengths),)
        return arrival_reasons(self._rules, self._day(index - 1)) or (TURNOVER,)

    # --- what is taken --------------------------------------------------------------------------------------------

    def _stretches(self, option: Option) -> Iterator[tuple[int, int, Reason]]:
        """The nights that are taken, as [first, last + 1). One that lies between two nights has none, and still nobody
        stays through it."""
        for taken in option.taken:
            first, after = self._clock.nights_touching(taken.start, taken.end)
            reason = self._reason(taken)
            if taken.begins_at is not None and taken.begins_at > taken.start:
                begins = min(self._clock.nights_touching(taken.begins_at, taken.end)[0], after)
                yield self._index(first), self._index(begins), TURNOVER
                first = begins
            if taken.vacated_at is None or taken.vacated_at >= taken.end:
                yield self._index(first), self._index(after), reason
                continue
            vacated = max(self._clock.nights_touching(taken.start, taken.vacated_at)[1], first)
            yield self._index(first), self._index(vacated), reason
            yield self._index(vacated), self._index(after), TURNOVER

    def _reason(self, taken: Taken) -> Reason:
        is_own = taken.claim_id in self._own
        return closing_reason(taken.purpose, taken.expires_at, self._rules.time_zone, is_own=is_own)

    def _reasons_of_taken_nights(self, first: int, after: int) -> dict[int, tuple[Reason, ...]]:
        """Nights in [first, after) on which every option is taken: one reason of each kind."""
        found: dict[int, tuple[Reason, ...]] = {}
        for begin, end, reason in (stretch for option in self._taken for stretch in option):
            alone = (reason,)
            for index in range(max(0, first, begin), min(after, end)):
                if self._free_until[index] <= index:
                    known = found.get(index)
                    found[index] = alone if known is None else _with(known, reason)
        return found

    def _day(self, index: int) -> date:
        return self._first + timedelta(days=index)

    def _index(self, day: date) -> int:
        return (day - self._first).days


def _with(reasons: tuple[Reason, ...], reason: Reason) -> tuple[Reason, ...]:
    """One more, in the place of that of its kind."""
    return tuple({each.code: each for each in (*reasons, reason)}.values())


def _nearest(may_end: Sequence[bool]) -> tuple[list[int], list[int]]:
    """For each day the next and the previous one on which the rules let stays end, itself included."""
    count = len(may_end)
    days = [day if may else -1 for day, may in enumerate(may_end)]
    coming = [day if may else count for day, may in enumerate(may_end)]
    return list(accumulate(reversed(coming), min))[::-1], list(accumulate(days, max))


def _free_until(options: Iterable[list[tuple[int, int, Reason]]], count: int) -> list[int]:
    """For each night the day up to which the option that is free for longest is free; 0 where none is free at all."""
    best: list[int] = []
    for stretches in options:
        until = [0] * count
        begin = 0
        for first, after, _ in [*sorted(stretches, key=lambda one: one[:2]), (count, count, TURNOVER)]:
            end = min(first, count)
            if begin < end:
                until[begin:end] = [end] * (end - begin)
            begin = max(begin, after)
        best = list(map(max, best, until)) if best else until
        if best and best[0] == count:
            break
    return best or [0] * count


def _days(first: date, after: date) -> Iterator[date]:
    return map(date.fromordinal, range(first.toordinal(), after.toordinal()))
