"""Which stays a listing accepts, and why not: length, days of arrival and departure, how far ahead, how late, who.

Everything that changes with the season goes **by the date of arrival**: a stay that begins on the last day of a season
keeps that season's shortest and longest stay, however far it reaches into the next. Only a rule against departures
goes by the date of departure. Nights in between are free of both: a day closed to arrival can be slept through.

So a stay is accepted exactly when its arrival, its departure, its length from that arrival, its party and each of its
nights are. Whether the space is free is the calendar's business (`inventory`), not this file's.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import pairwise

from freehold.domain.errors import DomainError
from freehold.domain.party import Party
from freehold.domain.party_rules import PartyRules, check_party
from freehold.domain.periods import MAX_NIGHTS, local_instant, nights, time_zone
from freehold.domain.reasons import Reason, ReasonCode, counted

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_IN_PAST = Reason(ReasonCode.IN_PAST, "This date has passed.")


class StayRulesError(DomainError):
    """Rules that contradict themselves."""


@dataclass(frozen=True, slots=True)
class SeasonRules:
    """Other rules for arrivals (and for departures) on the dates in [start, end). None and False: the listing's own."""

    start: date
    end: date
    min_nights: int | None = None
    max_nights: int | None = None
    is_closed_to_arrival: bool = False
    is_closed_to_departure: bool = False
    label: str = ""

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise StayRulesError("empty_season", "The end must come after the start.")
        shortest = 1 if self.min_nights is None else self.min_nights
        longest = MAX_NIGHTS if self.max_nights is None else self.max_nights
        if not 1 <= shortest <= longest <= MAX_NIGHTS:
            raise StayRulesError("invalid_nights", f"1 <= minimum <= maximum <= {MAX_NIGHTS} nights.")


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many nights a stay from some arrival has. `season` names what says so where it is not the listing itself."""

    min_nights: int
    max_nights: int
    season: SeasonRules | None = None


@dataclass(frozen=True, slots=True)
class StayRules:
    """What a listing accepts.

    `booking_window_days`: nights may begin up to so many days after today (None: no limit).
    `lead_time_hours`: so long before check-in a booking must be made (0: even after the check-in time, on the
    same day). `cut_off_time`: who arrives today books before it, by the place's clock (None: all day).
    `arrival_weekdays`, `departure_weekdays`: 0 is Monday; None is every day. `seasons` do not overlap.
    `turnover_days` stay empty after each departure: they matter to the calendar, not to which stays are accepted.
    """

    party: PartyRules
    min_nights: int = 1
    max_nights: int = MAX_NIGHTS
    booking_window_days: int | None = None
    lead_time_hours: int = 0
    check_in_time: time = field(default=time(15))
    time_zone: str = "UTC"
    cut_off_time: time | None = None
    arrival_weekdays: frozenset[int] | None = None
    departure_weekdays: frozenset[int] | None = None
    turnover_days: int = 0
    seasons: tuple[SeasonRules, ...] = ()
    _starts: tuple[date, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 1 <= self.min_nights <= self.max_nights <= MAX_NIGHTS:
            raise StayRulesError("invalid_nights", f"1 <= minimum <= maximum <= {MAX_NIGHTS} nights.")
        if self.lead_time_hours < 0 or (self.booking_window_days or 0) < 0:
            raise StayRulesError("invalid_window", "Lead time and booking window are not negative.")
        if self.turnover_days < 0:
            raise StayRulesError("invalid_turnover", "Days of turnover are not negative.")
        for weekdays in (self.arrival_weekdays, self.departure_weekdays):
            if weekdays is not None and not weekdays <= frozenset(range(7)):
                raise StayRulesError("invalid_weekday", "Weekdays are 0 (Monday) to 6 (Sunday).")
        time_zone(self.time_zone)
        seasons = tuple(sorted(self.seasons, key=lambda season: season.start))
        if any(season.start < before.end for before, season in pairwise(seasons)):
            raise StayRulesError("overlapping_seasons", "Two seasons of one listing do not overlap.")
        object.__setattr__(self, "seasons", seasons)
        object.__setattr__(self, "_starts", tuple(season.start for season in seasons))

    def season_on(self, day: date) -> SeasonRules | None:
        index = bisect_right(self._starts, day) - 1
        return self.seasons[index] if index >= 0 and day < self.seasons[index].end else None

    def lengths_from(self, arrival: date) -> Lengths:
        """The season's where it says something: the listing's other limit then gives way, never the other way round."""
        season = self.season_on(arrival)
        if season is None or (season.min_nights is None and season.max_nights is None):
            return Lengths(self.min_nights, self.max_nights)
        shortest = season.min_nights or min(self.min_nights, season.max_nights or MAX_NIGHTS)
        longest = season.max_nights or max(self.max_nights, season.min_nights or 1)
        return Lengths(shortest, longest, season)

    @property
    def longest_stay(self) -> int:
        """No stay is longer, whenever it begins."""
        limits = [self.lengths_from(season.start).max_nights for season in self.seasons]
        return max(self.max_nights, *limits) if limits else self.max_nights

    @property
    def reach(self) -> int:
        """If an accepted stay has a night, one has it that begins and ends within so many days of it.

        Without seasons a stay can be shortened to a week more than the shortest; with them only its own limits hold.
        """
        if self.seasons:
            return self.longest_stay
        weekdays = self.arrival_weekdays is not None or self.departure_weekdays is not None
        return self.min_nights + (12 if weekdays else 0)


def check_stay(
    rules: StayRules, *, check_in: date, check_out: date, party: Party, today: date, now: datetime
) -> tuple[Reason, ...]:
    """Every reason against the stay; none means that the rules accept it.

    `today` is the property's date, `now` the aware instant. Raises PeriodError when the dates make no stay at
    all.
    """
    reasons = check_dates(rules, check_in=check_in, check_out=check_out, today=today, now=now)
    return reasons + check_party(rules.party, party)


def check_dates(rules: StayRules, *, check_in: date, check_out: date, today: date, now: datetime) -> tuple[Reason, ...]:
    """`check_stay` without the party: what is said of these dates to anybody."""
    count = nights(check_in, check_out)
    reasons = list(day_reasons(rules, day=check_in, today=today, now=now))
    last_night = check_out - timedelta(days=1)
    if _is_beyond_window(rules, last_night, today) and not _is_beyond_window(rules, check_in, today):
        reasons.append(_beyond_window(rules))
    reasons += arrival_reasons(rules, check_in)
    reasons += departure_reasons(rules, check_out)
    lengths = rules.lengths_from(check_in)
    if count < lengths.min_nights:
        reasons.append(too_short(lengths))
    if count > lengths.max_nights:
        reasons.append(too_long(lengths))
    return tuple(reasons)


def day_reasons(rules: StayRules, *, day: date, today: date, now: datetime) -> tuple[Reason, ...]:
    """Why the night that begins on `day` cannot be part of any stay, whatever its arrival; none means that the rules
    leave it open. What is too late for an arrival on the day is too late for every earlier one."""
    if day < today:
        return (_IN_PAST,)
    if _is_beyond_window(rules, day, today):
        return (_beyond_window(rules),)
    reasons: list[Reason] = []
    if rules.lead_time_hours:
        deadline = local_instant(day, rules.check_in_time, rules.time_zone) - timedelta(hours=rules.lead_time_hours)
        if now > deadline:
            notice = counted(rules.lead_time_hours, "hour")
            reasons.append(Reason(ReasonCode.LEAD_TIME, f"Bookings are made at least {notice} before check-in."))
    cut_off = rules.cut_off_time
    if cut_off is not None and day == today and now >= local_instant(day, cut_off, rules.time_zone):
        reasons.append(Reason(ReasonCode.CUT_OFF, f"Bookings for the same day are made before {cut_off:%H:%M}."))
    return tuple(reasons)


def arrival_reasons(rules: StayRules, day: date) -> tuple[Reason, ...]:
    """Why no stay begins on the day, as far as the day itself says."""
    season = rules.season_on(day)
    reasons: list[Reason] = []
    if season is not None and season.is_closed_to_arrival:
        reasons.append(Reason(ReasonCode.CLOSED_TO_ARRIVAL, f"No arrivals on this day{_in(season)}."))
    if rules.arrival_weekdays is not None and day.weekday() not in rules.arrival_weekdays:
        detail = f"Arrivals are on {_weekdays(rules.arrival_weekdays)}."
        reasons.append(Reason(ReasonCode.ARRIVAL_WEEKDAY, detail))
    return tuple(reasons)


def departure_reasons(rules: StayRules, day: date) -> tuple[Reason, ...]:
    """Why no stay ends on the day, as far as the day itself says."""
    season = rules.season_on(day)
    reasons: list[Reason] = []
    if season is not None and season.is_closed_to_departure:
        reasons.append(Reason(ReasonCode.CLOSED_TO_DEPARTURE, f"No departures on this day{_in(season)}."))
    if rules.departure_weekdays is not None and day.weekday() not in rules.departure_weekdays:
        detail = f"Departures are on {_weekdays(rules.departure_weekdays)}."
        reasons.append(Reason(ReasonCode.DEPARTURE_WEEKDAY, detail))
    return tuple(reasons)


def arrival_days(rules: StayRules, start: date, end: date) -> list[bool]:
    """For each day in [start, end) whether it lets stays begin: what `arrival_reasons` says, of many days at once."""
    closed = [season for season in rules.seasons if season.is_closed_to_arrival]
    return _open_days(rules.arrival_weekdays, closed, start, end)


def departure_days(rules: StayRules, start: date, end: date) -> list[bool]:
    """For each day in [start, end) whether it lets stays end: what `departure_reasons` says, of many days at once."""
    closed = [season for season in rules.seasons if season.is_closed_to_departure]
    return _open_days(rules.departure_weekdays, closed, start, end)


def lengths_of_days(rules: StayRules, start: date, end: date) -> list[Lengths]:
    """For each day in [start, end) how long the stays are that begin on it: `lengths_from`, of many days at once."""
    found = [Lengths(rules.min_nights, rules.max_nights)] * (end - start).days
    for season in rules.seasons:
        first, after = _within(season, start, end)
        if first < after:
            found[first:after] = [rules.lengths_from(season.start)] * (after - first)
    return found


def _open_days(weekdays: frozenset[int] | None, closed: Sequence[SeasonRules], start: date, end: date) -> list[bool]:
    count = (end - start).days
    week = [weekdays is None or (start.weekday() + offset) % 7 in weekdays for offset in range(7)]
    found = (week * (count // 7 + 1))[:count]
    for season in closed:
        first, after = _within(season, start, end)
        if first < after:
            found[first:after] = [False] * (after - first)
    return found


def _within(season: SeasonRules, start: date, end: date) -> tuple[int, int]:
    """The season's part of [start, end), counted in days from the start."""
    return (max(season.start, start) - start).days, (min(season.end, end) - start).days


def too_short(lengths: Lengths) -> Reason:
    return Reason(ReasonCode.MIN_NIGHTS, f"{_stays(lengths)} at least {counted(lengths.min_nights, 'night')}.")


def too_long(lengths: Lengths) -> Reason:
    return Reason(ReasonCode.MAX_NIGHTS, f"{_stays(lengths)} at most {counted(lengths.max_nights, 'night')}.")


def _is_beyond_window(rules: StayRules, day: date, today: date) -> bool:
    return rules.booking_window_days is not None and (day - today).days > rules.booking_window_days


def _beyond_window(rules: StayRules) -> Reason:
    days = counted(rules.booking_window_days or 0, "day")
    return Reason(ReasonCode.BEYOND_WINDOW, f"Bookings open at most {days} ahead.")


def _stays(lengths: Lengths) -> str:
    if lengths.season is None:
        return "Stays here have"
    if lengths.season.label:
        return f"Stays that begin in “{lengths.season.label}” have"
    return "Stays that begin on this day have"


def _in(season: SeasonRules) -> str:
    return f" ({season.label})" if season.label else ""


@cache
def _weekdays(days: frozenset[int]) -> str:
    names = [_WEEKDAYS[day] for day in sorted(days)]
    if not names:
        return "no day"
    return f"{', '.join(names[:-1])} or {names[-1]} only" if len(names) > 1 else f"{names[0]} only"
