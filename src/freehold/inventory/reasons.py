"""Why space is closed, in one vocabulary for the calendar, for refusals and for the site. Never says by whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from freehold.domain.periods import time_zone
from freehold.domain.reasons import Reason
from freehold.inventory.models import Purpose


class ClosedBy(StrEnum):
    """Reason codes of the calendar itself; those of a listing's rules are `domain.listing_rules.ReasonCode`."""

    BOOKED = "booked"
    HELD = "held"
    BLOCKED = "blocked"
    EXTERNAL = "external"
    LEASED = "leased"
    SOLD = "sold"
    GAP_TOO_SHORT = "gap_too_short"
    NO_UNITS = "no_units"
    TOO_FEW = "too_few"
    BUSY = "busy"


_BY_PURPOSE = {
    Purpose.BOOKING: Reason(ClosedBy.BOOKED, "Already booked."),
    Purpose.BLOCK: Reason(ClosedBy.BLOCKED, "Closed by the host."),
    Purpose.EXTERNAL: Reason(ClosedBy.EXTERNAL, "Taken in a calendar that the host imports."),
    Purpose.LEASE: Reason(ClosedBy.LEASED, "Leased."),
    Purpose.SALE: Reason(ClosedBy.SOLD, "Sold."),
}

NO_UNITS = Reason(ClosedBy.NO_UNITS, "There is nothing to book here at the moment.")
BUSY = Reason(ClosedBy.BUSY, "Somebody is booking this right now. Try again in a moment.")


def too_few(left: int, quantity: int) -> Reason:
    """Some units are free, and they are not enough."""
    return Reason(ClosedBy.TOO_FEW, f"Only {left} of the {quantity} that you need are free then.")


@dataclass(frozen=True, slots=True)
class Taken:
    """A stretch of time in which one leaf unit is taken."""

    start: datetime
    end: datetime
    purpose: Purpose
    expires_at: datetime | None


def closing_reason(purpose: Purpose, expires_at: datetime | None, zone: str) -> Reason:
    """The reason for one taken stretch. A hold says until when, by the property's clock."""
    if purpose == Purpose.HOLD and expires_at is not None:
        local = expires_at.astimezone(time_zone(zone))
        return Reason(ClosedBy.HELD, f"Held for somebody else until {local:%H:%M}.")
    return _BY_PURPOSE[purpose]


def closing_reasons(taken: Iterable[Taken], zone: str) -> tuple[Reason, ...]:
    """One reason per purpose, in time order; of several holds the one that lasts longest."""
    by_purpose: dict[Purpose, datetime | None] = {}
    for each in sorted(taken, key=lambda one: (one.start, one.purpose)):
        known = by_purpose.get(each.purpose)
        if each.expires_at is not None and known is not None:
            by_purpose[each.purpose] = max(known, each.expires_at)
        else:
            by_purpose[each.purpose] = each.expires_at
    return tuple(closing_reason(purpose, expires_at, zone) for purpose, expires_at in by_purpose.items())
