"""Which slots a listing gives, and why not: opening hours, raster, length, notice, how far ahead.

Opening hours are wall times of the place; a slot is instants. Each window of each day becomes instants by
`domain.periods.local_instant`, so a day on which the clocks jump is an hour shorter or longer between the same wall
times. Windows that touch (one ends at "24:00", the next day's begins at "00:00") are open through.

    starts   on a raster of `grid_minutes`, counted from the opening of the day's window in which it begins
    lengths  min_minutes to max_minutes, on the same raster

`grid_minutes` 0 means any instant. Whether the space is free is the calendar's business, not this file's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any

from freehold.domain.errors import DomainError
from freehold.domain.occasions import Slot
from freehold.domain.party import Party
from freehold.domain.party_rules import PartyRules, check_party
from freehold.domain.periods import FOREVER, Period, PeriodError, local_instant, time_zone
from freehold.domain.reasons import Reason, counted

MIDNIGHT = 24 * 60
MAX_WINDOWS_A_DAY = 12
PICKER_MINUTES = 15
"""How far apart a picker offers starts where any minute will do."""
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_BEGINNING = datetime(1900, 1, 1, tzinfo=UTC)


class SlotReason(StrEnum):
    """Why a slot is refused, beside the party (`domain.reasons.ReasonCode`)."""

    IN_PAST = "in_past"
    NOTICE = "notice"
    BEYOND_WINDOW = "beyond_booking_window"
    CLOSED = "outside_opening_hours"
    OFF_GRID = "off_grid"
    MIN_MINUTES = "min_minutes"
    MAX_MINUTES = "max_minutes"


class SlotRulesError(DomainError):
    """Rules that contradict themselves."""


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Seven days, Monday first; each a tuple of (opens, closes) in minutes of the day, in order and apart."""

    days: tuple[tuple[tuple[int, int], ...], ...]

    def __post_init__(self) -> None:
        _require(len(self.days) == 7, "Opening hours are seven lists, Monday first.")
        for windows in self.days:
            _require(len(windows) <= MAX_WINDOWS_A_DAY, f"A day opens at most {MAX_WINDOWS_A_DAY} times.")
            _require(all(0 <= opens < closes <= MIDNIGHT for opens, closes in windows), "It closes after it opens.")
            _require(all(one[1] <= other[0] for one, other in pairwise(windows)), "Opening hours of a day overlap.")

    @classmethod
    def from_json(cls, data: Any) -> "OpeningHours":
        """Reads `[[["09:00", "17:00"]], ...]`, windows in any order. Raises SlotRulesError."""
        _require(isinstance(data, Sequence) and not isinstance(data, str), "Opening hours are seven lists.")
        _require(all(isinstance(day, Sequence) and not isinstance(day, str) for day in data), "A day is a list.")
        return cls(tuple(tuple(sorted(_window(each) for each in day)) for day in data))

    def to_json(self) -> list[list[list[str]]]:
        return [[[_clock(opens), _clock(closes)] for opens, closes in windows] for windows in self.days]


@dataclass(frozen=True, slots=True)
class SlotTerms:
    """What a slot listing accepts. `notice_minutes`: so long before its start a slot must be booked.

    `booking_window_days`: a slot may begin up to so many days after today (None: no limit).
    """

    opening_hours: OpeningHours
    party: PartyRules
    grid_minutes: int = 30
    min_minutes: int = 30
    max_minutes: int = 240
    notice_minutes: int = 0
    booking_window_days: int | None = None
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        _require(1 <= self.min_minutes <= self.max_minutes, "1 <= shortest <= longest slot.")
        lowest = min(self.grid_minutes, self.notice_minutes, self.booking_window_days or 0)
        _require(lowest >= 0, "Raster, notice and booking window are not negative.")
        time_zone(self.time_zone)

    @property
    def shortest(self) -> int:
        """The least minutes that can really be had: the minimum, up to the next step of the raster."""
        grid = self.grid_minutes or 1
        return -(-self.min_minutes // grid) * grid

    def lengths(self, limit: int = 12) -> tuple[int, ...]:
        """What a picker offers as lengths in minutes, the shortest first."""
        step = self.grid_minutes or max(PICKER_MINUTES, self.shortest)
        return tuple(range(self.shortest, self.max_minutes + 1, step))[:limit]


def check_slot(terms: SlotTerms, *, slot: Slot, party: Party, now: datetime) -> tuple[Reason, ...]:
    """Every reason against the slot; none means that the rules accept it. `now` is an aware instant.

    Raises PeriodError for a slot outside of any calendar.
    """
    if not _BEGINNING <= slot.start_at < slot.end_at < FOREVER:
        raise PeriodError("date_out_of_range", "This date is out of range.")
    reasons = [*_when_reasons(terms, slot, now)]
    minutes = (slot.end_at - slot.start_at) / _MINUTE
    if minutes < terms.min_minutes:
        reasons.append(Reason(SlotReason.MIN_MINUTES, f"Slots here last at least {duration_text(terms.min_minutes)}."))
    if minutes > terms.max_minutes:
        reasons.append(Reason(SlotReason.MAX_MINUTES, f"Slots here last at most {duration_text(terms.max_minutes)}."))
    elif not _is_open(terms, slot):
        reasons.append(Reason(SlotReason.CLOSED, "It is not open for all of this time."))
    elif not _is_on_grid(terms, slot):
        raster = duration_text(terms.grid_minutes)
        reasons.append(Reason(SlotReason.OFF_GRID, f"Slots here begin and end every {raster}, counted from opening."))
    return (*reasons, *check_party(terms.party, party))


def slots_of_day(terms: SlotTerms, *, day: date, minutes: int) -> tuple[Slot, ...]:
    """The slots of that length that begin on the day, by opening hours and raster alone; the past among them."""
    if not terms.min_minutes <= minutes <= terms.max_minutes or minutes % (terms.grid_minutes or 1):
        return ()
    step, length = timedelta(minutes=terms.grid_minutes or PICKER_MINUTES), timedelta(minutes=minutes)
    stretches = _open_stretches(terms, day, day + length + 2 * _DAY)
    found: list[Slot] = []
    for window in _windows(terms, day):
        start = window.start
        while start < window.end:
            slot = Slot(start, start + length)
            if _holds(stretches, slot):
                found.append(slot)
            start += step
    return tuple(found)


def local_day(moment: datetime, zone: str) -> date:
    """The date that the zone's calendar shows at that instant."""
    return moment.astimezone(time_zone(zone)).date()


def duration_text(minutes: int) -> str:
    """ "45 minutes", "1 hour", "2 hours 30 minutes"."""
    hours, rest = divmod(minutes, 60)
    return " ".join(counted(number, noun) for number, noun in ((hours, "hour"), (rest, "minute")) if number)


def _when_reasons(terms: SlotTerms, slot: Slot, now: datetime) -> Iterator[Reason]:
    if slot.start_at < now:
        yield Reason(SlotReason.IN_PAST, "This time has passed.")
    elif slot.start_at - now < terms.notice_minutes * _MINUTE:
        notice = duration_text(terms.notice_minutes)
        yield Reason(SlotReason.NOTICE, f"Slots are booked at least {notice} ahead.")
    window = terms.booking_window_days
    if window is not None:
        ahead = (local_day(slot.start_at, terms.time_zone) - local_day(now, terms.time_zone)).days
        if ahead > window:
            yield Reason(SlotReason.BEYOND_WINDOW, f"Bookings open at most {counted(window, 'day')} ahead.")


def _is_open(terms: SlotTerms, slot: Slot) -> bool:
    first, last = (local_day(moment, terms.time_zone) for moment in (slot.start_at, slot.end_at))
    return _holds(_open_stretches(terms, first - _DAY, last + _DAY), slot)


def _is_on_grid(terms: SlotTerms, slot: Slot) -> bool:
    if not terms.grid_minutes:
        return True
    grid = timedelta(minutes=terms.grid_minutes)
    day = local_day(slot.start_at, terms.time_zone)
    # Where a zone skips a day, its windows begin with the next: the day before may hold the start.
    windows = [*_windows(terms, day), *_windows(terms, day - _DAY)]
    opened = next((each.start for each in windows if each.contains(slot.start_at)), slot.start_at)
    return not (slot.start_at - opened) % grid and not (slot.end_at - slot.start_at) % grid


def _holds(stretches: Sequence[Period], slot: Slot) -> bool:
    return any(each.start <= slot.start_at and slot.end_at <= each.end for each in stretches)


def _open_stretches(terms: SlotTerms, first: date, after: date) -> list[Period]:
    """When it is open on the days [first, after), touching windows drawn together."""
    stretches: list[Period] = []
    for index in range((after - first).days):
        for window in _windows(terms, first + timedelta(days=index)):
            if stretches and window.start <= stretches[-1].end:
                stretches[-1] = Period(stretches[-1].start, max(stretches[-1].end, window.end))
            else:
                stretches.append(window)
    return stretches


def _windows(terms: SlotTerms, day: date) -> list[Period]:
    """The day's opening hours as instants; a window that a jump of the clocks swallows is none."""
    instants = [
        (_instant(terms, day, opens), _instant(terms, day, closes))
        for opens, closes in terms.opening_hours.days[day.weekday()]
    ]
    return [Period(start, end) for start, end in instants if start < end]


def _instant(terms: SlotTerms, day: date, minute: int) -> datetime:
    if minute == MIDNIGHT:
        return local_instant(day + _DAY, time(0), terms.time_zone)
    return local_instant(day, time(*divmod(minute, 60)), terms.time_zone).astimezone(UTC)


def _window(data: Any) -> tuple[int, int]:
    is_pair = isinstance(data, Sequence) and not isinstance(data, str) and len(data) == 2
    _require(is_pair, 'Hours look like ["09:00", "17:00"].')
    opens, closes = (_minutes(each) for each in data)
    return opens, closes


def _minutes(text: Any) -> int:
    hours, colon, minutes = text.partition(":") if isinstance(text, str) else ("", "", "")
    is_clock = bool(colon) and len(text) == 5 and text.isascii() and hours.isdigit() and minutes.isdigit()
    found = int(hours) * 60 + int(minutes) if is_clock else -1
    is_time = is_clock and int(minutes) < 60 and found <= MIDNIGHT
    _require(is_time, f'Times look like "09:00", up to "24:00": {str(text)[:20]!r}.')
    return found


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _require(condition: bool, detail: str) -> None:
    if not condition:
        raise SlotRulesError("invalid_slot_rules", detail)
