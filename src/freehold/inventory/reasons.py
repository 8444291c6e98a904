"""Why space is closed, in one vocabulary for the calendar, for refusals and for the site. Never says by whom."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from freehold.domain.periods import Period, time_zone
from freehold.domain.reasons import Reason
from freehold.inventory.models import Purpose


class ClosedBy(StrEnum):
    """Reason codes of the calendar itself; those of a listing's rules are `domain.listing_rules.ReasonCode`."""

    BOOKED = "booked"
    HELD = "held"
    HELD_BY_YOU = "held_by_you"
    TURNOVER = "turnover"
    BLOCKED = "blocked"
    EXTERNAL = "external"
    LEASED = "leased"
    SOLD = "sold"
    GAP_TOO_SHORT = "gap_too_short"
    NO_UNITS = "no_units"
    NO_WHOLE_STAY = "no_whole_stay"
    TOO_FEW = "too_few"
    ALL_TAKEN = "all_taken"
    BUSY = "busy"


_BY_PURPOSE = {
    Purpose.BOOKING: Reason(ClosedBy.BOOKED, "Already booked."),
    Purpose.BLOCK: Reason(ClosedBy.BLOCKED, "Closed by the host."),
    Purpose.EXTERNAL: Reason(ClosedBy.EXTERNAL, "Taken in a calendar that the host imports."),
    Purpose.LEASE: Reason(ClosedBy.LEASED, "Leased."),
    Purpose.SALE: Reason(ClosedBy.SOLD, "Sold."),
}

NO_UNITS = Reason(ClosedBy.NO_UNITS, "There is nothing to book here at the moment.")
NO_WHOLE_STAY = Reason(ClosedBy.NO_WHOLE_STAY, "These nights cannot be had together as one stay.")
TURNOVER = Reason(ClosedBy.TURNOVER, "Kept free: time to prepare the place.")
ALL_TAKEN = Reason(ClosedBy.ALL_TAKEN, "None is left on these nights.")
BUSY = Reason(ClosedBy.BUSY, "Somebody is booking this right now. Try again in a moment.")


def too_few(left: int, quantity: int) -> Reason:
    """Some units are free, and they are not enough."""
    return Reason(ClosedBy.TOO_FEW, f"Only {left} of the {quantity} that you need are free then.")


@dataclass(frozen=True, slots=True)
class Taken:
    """A stretch of time in which one leaf unit is taken; before `begins_at` and from `vacated_at` on only kept free."""

    start: datetime
    end: datetime
    purpose: Purpose
    expires_at: datetime | None
    vacated_at: datetime | None = None
    claim_id: UUID | None = None
    begins_at: datetime | None = None

    def is_turnover_during(self, period: Period) -> bool:
        """Whether what it is for is over when the period begins, or begins when that is over."""
        is_over = self.vacated_at is not None and self.vacated_at <= period.start
        return is_over or (self.begins_at or self.start) >= period.end


def closing_reason(purpose: Purpose, expires_at: datetime | None, zone: str, *, is_own: bool = False) -> Reason:
    """The reason for one taken stretch. A hold says until when, by the property's clock, and whether it is the
    visitor's own."""
    if purpose == Purpose.HOLD and expires_at is not None:
        local = expires_at.astimezone(time_zone(zone))
        if is_own:
            return Reason(ClosedBy.HELD_BY_YOU, f"You hold this until {local:%H:%M}.")
        return Reason(ClosedBy.HELD, f"Held for somebody else until {local:%H:%M}.")
    return _BY_PURPOSE[purpose]


def closing_reasons(
    taken: Iterable[Taken], zone: str, *, period: Period | None = None, own_claims: Collection[UUID] = frozenset()
) -> tuple[Reason, ...]:
    """One reason per purpose, in time order; of several holds the one that lasts longest, apart from the visitor's own.

    With the `period` that is wanted for itself, what is only in the way of the turnover around it says so.
    """
    found: dict[tuple[Purpose, bool] | None, datetime | None] = {}
    for each in sorted(taken, key=lambda one: (one.start, one.purpose)):
        is_turnover = period is not None and each.is_turnover_during(period)
        key = None if is_turnover else (each.purpose, each.claim_id in own_claims)
        known = found.get(key)
        if each.expires_at is not None and known is not None:
            found[key] = max(known, each.expires_at)
        else:
            found[key] = each.expires_at
    return tuple(
        TURNOVER if key is None else closing_reason(key[0], expires_at, zone, is_own=key[1])
        for key, expires_at in found.items()
    )
