"""The calendar of a place, month by month: which days are free, what a night costs, why a day is closed."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from freehold.domain.money import Money
from freehold.domain.reasons import Reason
from freehold.inventory.calendar import CalendarDay
from freehold.web.ui import formats

MONTHS_SHOWN = 2
MONTHS_AHEAD = 18


@dataclass(frozen=True, slots=True)
class Day:
    """`reason`, `no_arrival` and `no_departure` are empty where one can sleep, arrive and depart."""

    date: date
    is_open: bool
    reason: str
    price: Money | None
    no_arrival: str
    no_departure: str
    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class Month:
    """`weeks` has seven entries each, None before the first and after the last day."""

    first: date
    weeks: list[list[Day | None]]


def first_month(wanted: str, *, fallback: date, today: date) -> date:
    """The month that a page asks for ("2027-03"), within what the calendar covers."""
    try:
        asked = date.fromisoformat(f"{wanted}-01")
    except ValueError:
        asked = fallback
    return min(max(asked.replace(day=1), today.replace(day=1)), _add_months(today, MONTHS_AHEAD - MONTHS_SHOWN))


def shown_period(first: date) -> tuple[date, date]:
    """[start, end) of the months that stand side by side."""
    return first, _add_months(first, MONTHS_SHOWN)


def earlier(first: date, *, today: date) -> str:
    before = _add_months(first, -MONTHS_SHOWN)
    return f"{max(before, today.replace(day=1)):%Y-%m}" if first > today.replace(day=1) else ""


def later(first: date, *, today: date) -> str:
    after = _add_months(first, MONTHS_SHOWN)
    return f"{after:%Y-%m}" if after < _add_months(today, MONTHS_AHEAD) else ""


def months(days: Mapping[date, CalendarDay], first: date) -> list[Month]:
    return [_month(days, _add_months(first, offset)) for offset in range(MONTHS_SHOWN)]


def _month(days: Mapping[date, CalendarDay], first: date) -> Month:
    weeks = Calendar(formats.first_weekday()).monthdatescalendar(first.year, first.month)
    return Month(
        first=first,
        weeks=[[_day(days[day]) if day.month == first.month else None for day in week] for week in weeks],
    )


def _day(known: CalendarDay) -> Day:
    return Day(
        date=known.date,
        is_open=known.is_available,
        reason=_words(known.reasons),
        price=known.price,
        no_arrival=_words(known.arrival_reasons),
        no_departure=_words(known.departure_reasons),
        least=known.min_nights,
        most=known.max_nights,
    )


def _words(reasons: Iterable[Reason]) -> str:
    return " ".join(reason.detail for reason in reasons)


def _add_months(day: date, count: int) -> date:
    months_since = day.year * 12 + day.month - 1 + count
    return date(months_since // 12, months_since % 12 + 1, 1)
