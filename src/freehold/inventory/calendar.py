"""The calendar of a listing: each night free, or closed for reasons that are told.

A night is free when the listing's rules allow it, some option of the listing is free, and the free stretch around it
is long enough for the shortest stay.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from freehold.domain.listing_rules import StayRules, day_reasons
from freehold.domain.money import Money
from freehold.domain.periods import time_zone
from freehold.domain.reasons import Reason
from freehold.inventory.nights import NightClock
from freehold.inventory.occupancy import Option
from freehold.inventory.reasons import NO_UNITS, ClosedBy, closing_reason

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One night, named by the date that it begins on. `price` is the night's, before discounts, fees and taxes."""

    date: date
    reasons: tuple[Reason, ...]
    price: Money | None

    @property
    def is_available(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class ClosedNights:
    """Why the nights of one listing in [start, end) are closed. Free nights are not in the result."""

    rules: StayRules
    clock: NightClock
    now: datetime

    def look_around(self, start: date, end: date) -> tuple[date, date]:
        """The nights that must be known to judge those asked for: a gap may begin before and end after them."""
        margin = timedelta(days=self.rules.min_nights)
        return start - margin, end + margin

    def reasons(self, options: Sequence[Option], start: date, end: date) -> dict[date, tuple[Reason, ...]]:
        """`options` hold everything that is taken in `look_around(start, end)`."""
        first, after = self.look_around(start, end)
        by_rule = self._closed_by_rules(first, after)
        taken = [self._taken_nights(option) for option in options]
        long_enough: set[date] = set()
        for nights in taken:
            long_enough |= self._nights_of_long_gaps(first, after, by_rule, nights)
        gap = Reason(
            ClosedBy.GAP_TOO_SHORT, f"Free, but for less than the shortest stay ({self.rules.min_nights} nights)."
        )
        closed: dict[date, tuple[Reason, ...]] = {}
        for day in _days(start, end):
            if day in by_rule:
                closed[day] = by_rule[day]
            elif day not in long_enough:
                is_free_somewhere = any(day not in nights for nights in taken)
                closed[day] = (gap,) if is_free_somewhere else _merged(taken, day)
        return closed

    def _closed_by_rules(self, first: date, after: date) -> dict[date, tuple[Reason, ...]]:
        """Only the ends are asked: what is too late today is not too late tomorrow, and the window is one stretch."""
        today = self.now.astimezone(time_zone(self.rules.time_zone)).date()
        closed: dict[date, tuple[Reason, ...]] = {}
        for direction in (list(_days(first, after)), list(_days(max(first, today), after))[::-1]):
            for day in direction:
                if day in closed:
                    continue
                reasons = day_reasons(self.rules, day=day, today=today, now=self.now)
                if not reasons:
                    break
                closed[day] = reasons
        return closed

    def _taken_nights(self, option: Option) -> dict[date, dict[str, Reason]]:
        nights: dict[date, dict[str, Reason]] = {}
        for taken in option.taken:
            reason = closing_reason(taken.purpose, taken.expires_at, self.rules.time_zone)
            for day in _days(*self.clock.nights_touching(taken.start, taken.end)):
                nights.setdefault(day, {})[reason.code] = reason
        return nights

    def _nights_of_long_gaps(
        self, first: date, after: date, *closed: dict[date, tuple[Reason, ...]] | dict[date, dict[str, Reason]]
    ) -> set[date]:
        nights: set[date] = set()
        gap: list[date] = []
        for day in [*_days(first, after), after]:
            if day < after and not any(day in each for each in closed):
                gap.append(day)
                continue
            if len(gap) >= self.rules.min_nights:
                nights.update(gap)
            gap = []
        return nights


def _merged(taken: Sequence[dict[date, dict[str, Reason]]], day: date) -> tuple[Reason, ...]:
    """Every option is taken that night: one reason of each kind."""
    merged = {code: reason for nights in taken for code, reason in nights[day].items()}
    return tuple(merged.values()) or (NO_UNITS,)


def _days(first: date, after: date) -> Iterator[date]:
    return (first + timedelta(days=index) for index in range((after - first).days))
