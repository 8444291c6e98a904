"""Which stays a listing accepts, and why not: length, capacity, how far ahead, how late.

Stays and calendar days follow from the same rules: a stay of an accepted length and party is accepted exactly
when each of its nights is an open day. Whether the space is free is the calendar's business (`inventory`),
not this file's.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from freehold.domain.errors import DomainError
from freehold.domain.party import Party
from freehold.domain.periods import MAX_NIGHTS, local_instant, nights, time_zone


class ReasonCode(StrEnum):
    IN_PAST = "in_past"
    BEYOND_WINDOW = "beyond_booking_window"
    LEAD_TIME = "lead_time"
    MIN_NIGHTS = "min_nights"
    MAX_NIGHTS = "max_nights"
    CAPACITY = "capacity"


class StayRulesError(DomainError):
    """Rules that contradict themselves."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something cannot be booked: `code` for programs (a ReasonCode here), `detail` for people."""

    code: str
    detail: str

    def to_json(self) -> dict[str, str]:
        return {"code": str(self.code), "detail": self.detail}


@dataclass(frozen=True, slots=True)
class StayRules:
    """What a listing accepts.

    `booking_window_days`: nights may begin up to so many days after today (None: no limit).
    `lead_time_hours`: so long before check-in a booking must be made (0: even after the check-in time, on the
    same day).
    """

    capacity: int
    min_nights: int = 1
    max_nights: int = MAX_NIGHTS
    booking_window_days: int | None = None
    lead_time_hours: int = 0
    check_in_time: time = field(default=time(15))
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        if self.capacity < 1:
            raise StayRulesError("invalid_capacity", "A listing takes at least one guest.")
        if not 1 <= self.min_nights <= self.max_nights <= MAX_NIGHTS:
            raise StayRulesError("invalid_nights", f"1 <= minimum <= maximum <= {MAX_NIGHTS} nights.")
        if self.lead_time_hours < 0 or (self.booking_window_days or 0) < 0:
            raise StayRulesError("invalid_window", "Lead time and booking window are not negative.")
        time_zone(self.time_zone)


def check_stay(
    rules: StayRules, *, check_in: date, check_out: date, party: Party, today: date, now: datetime
) -> tuple[Reason, ...]:
    """Every reason against the stay; none means that the rules accept it.

    `today` is the property's date, `now` the aware instant. Raises PeriodError when the dates make no stay at
    all.
    """
    count = nights(check_in, check_out)
    reasons = list(day_reasons(rules, day=check_in, today=today, now=now))
    last_night = check_out - timedelta(days=1)
    if _is_beyond_window(rules, last_night, today) and not _is_beyond_window(rules, check_in, today):
        reasons.append(_beyond_window(rules))
    if count < rules.min_nights:
        reasons.append(Reason(ReasonCode.MIN_NIGHTS, f"Stays here have at least {_count(rules.min_nights, 'night')}."))
    if count > rules.max_nights:
        reasons.append(Reason(ReasonCode.MAX_NIGHTS, f"Stays here have at most {_count(rules.max_nights, 'night')}."))
    if party.size > rules.capacity:
        reasons.append(Reason(ReasonCode.CAPACITY, f"There is room for {_count(rules.capacity, 'guest')}."))
    return tuple(reasons)


def day_reasons(rules: StayRules, *, day: date, today: date, now: datetime) -> tuple[Reason, ...]:
    """Why the night that begins on `day` cannot be part of any stay; none means that the rules leave it
    open."""
    if day < today:
        return (Reason(ReasonCode.IN_PAST, "This date has passed."),)
    if _is_beyond_window(rules, day, today):
        return (_beyond_window(rules),)
    if rules.lead_time_hours:
        deadline = local_instant(day, rules.check_in_time, rules.time_zone) - timedelta(hours=rules.lead_time_hours)
        if now > deadline:
            notice = _count(rules.lead_time_hours, "hour")
            return (Reason(ReasonCode.LEAD_TIME, f"Bookings are made at least {notice} before check-in."),)
    return ()


def _is_beyond_window(rules: StayRules, day: date, today: date) -> bool:
    return rules.booking_window_days is not None and (day - today).days > rules.booking_window_days


def _beyond_window(rules: StayRules) -> Reason:
    days = _count(rules.booking_window_days or 0, "day")
    return Reason(ReasonCode.BEYOND_WINDOW, f"Bookings open at most {days} ahead.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
