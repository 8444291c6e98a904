"""When something is for, in the words of its kind: nights, a slot, or from now on until cancelled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from django.utils.translation import gettext, ngettext

from freehold.bookings.models import BookingItem
from freehold.domain.occasions import Occasion
from freehold.domain.periods import time_zone
from freehold.web.ui import formats


@dataclass(frozen=True, slots=True)
class Moment:
    """One end of it: what it is called, the day, and a word about the time."""

    label: str
    day: str
    detail: str


@dataclass(frozen=True, slots=True)
class Span:
    """All that a page says of the time: in one line, by its ends, and how long it is ("Nights": "3")."""

    words: str
    first: Moment
    last: Moment
    length_label: str
    length: str
    next_step: str


def span_of(item: BookingItem, *, check_in_time: time, check_out_time: time, zone: str) -> Span:
    match item.occasion:
        case Occasion.SLOT:
            return _slot(item.starts_at.astimezone(time_zone(zone)), item.ends_at.astimezone(time_zone(zone)))
        case Occasion.UNTIL_CANCELLED:
            return _until_cancelled(item.starts_at.astimezone(time_zone(zone)))
    return _nights(item, check_in_time, check_out_time)


def slot_words(start: datetime, end: datetime, zone: str) -> str:
    """ "Mon, Nov 24, 2:00 PM - 4:00 PM", by the clock of the zone; the second day only where it is another."""
    first, last = start.astimezone(time_zone(zone)), end.astimezone(time_zone(zone))
    until = formats.clock(last)
    if last.date() != first.date():
        until = f"{formats.day(last.date())}, {until}"
    return f"{formats.day(first.date())}, {formats.clock(first)} – {until}"


def duration_words(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours})
    if rest:
        parts.append(ngettext("%(n)s minute", "%(n)s minutes", rest) % {"n": rest})
    return " ".join(parts)


def _slot(start: datetime, end: datetime) -> Span:
    begins = {"time": formats.clock(start)}
    zone = str(start.tzinfo)
    return Span(
        words=slot_words(start, end, zone),
        first=Moment(gettext("From"), formats.day(start.date()), formats.clock(start)),
        last=Moment(gettext("Until"), formats.day(end.date()), formats.clock(end)),
        length_label=gettext("For"),
        length=duration_words(int((end - start).total_seconds() // 60)),
        next_step=gettext("It begins at %(time)s.") % begins,
    )


def _until_cancelled(start: datetime) -> Span:
    day = formats.day(start.date())
    return Span(
        words=gettext("From %(day)s until cancelled") % {"day": formats.day_with_year(start.date())},
        first=Moment(gettext("From"), day, formats.clock(start)),
        last=Moment(gettext("Until"), gettext("You cancel"), ""),
        length_label=gettext("For"),
        length=gettext("As long as you like"),
        next_step=gettext("The place is yours from now on."),
    )


def _nights(item: BookingItem, check_in_time: time, check_out_time: time) -> Span:
    check_in, check_out = item.check_in, item.check_out or item.check_in
    arrives, leaves = {"time": formats.clock(check_in_time)}, {"time": formats.clock(check_out_time)}
    return Span(
        words=formats.days(check_in, check_out),
        first=Moment(gettext("Check-in"), formats.day(check_in), gettext("from %(time)s") % arrives),
        last=Moment(gettext("Check-out"), formats.day(check_out), gettext("until %(time)s") % leaves),
        length_label=gettext("Nights"),
        length=str((check_out - check_in).days),
        next_step=gettext("Check-in from %(time)s.") % arrives,
    )
