"""When the options of one listing are taken, as far as anybody may know."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from freehold.domain.periods import Period
from freehold.domain.reasons import Reason
from freehold.inventory.models import Purpose
from freehold.inventory.options import options_of_listings
from freehold.inventory.reasons import NO_UNITS, Taken, closing_reasons, too_few

# A hold whose time is over takes nothing any more, whether or not it was swept.
ALIVE = "(allocation.expires_at IS NULL OR allocation.expires_at > (SELECT freehold_now()))"

# A function, because its plan is kept (see its migration).
_OCCUPANCY = """
    SELECT option_id, starts_at, ends_at, taken_for, expires_at, occupied_at, vacated_at, claim_id
      FROM inventory_occupancy(%(listing)s, %(period)s::tstzrange)
"""

_FREE = f"""
    WITH wish AS (
        SELECT * FROM unnest(%(listings)s::uuid[], %(periods)s::tstzrange[]) AS wish (listing_id, period)
    ), asked AS (
        SELECT id, property_id, unit_id, unit_type_id FROM properties_listing WHERE id = ANY(%(listings)s::uuid[])
    )
    SELECT DISTINCT listing_id FROM (
        SELECT option.listing_id
          FROM {options_of_listings("asked")} AS option JOIN wish ON wish.listing_id = option.listing_id
         GROUP BY option.listing_id, option.option_id
        HAVING NOT bool_or(EXISTS (
            SELECT FROM inventory_allocation AS allocation
             WHERE allocation.unit_id = option.unit_id AND allocation.period && wish.period AND {ALIVE}))
    ) AS free
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Option:
    """One way of giving the listing, and when it is taken: in time order, over all its leaf units."""

    id: UUID
    taken: tuple[Taken, ...]

    def taken_during(self, period: Period) -> tuple[Taken, ...]:
        return tuple(each for each in self.taken if each.start < period.end and period.start < each.end)


def options_of(*, listing_id: UUID, start: datetime, end: datetime) -> tuple[Option, ...]:
    """The listing's options with everything that takes them between the instants, cut to these. One query.

    What is taken until cancelled would else reach to the end of time, and a reader would count its days.
    """
    taken: dict[UUID, list[Taken]] = {}
    period = f"[{start.isoformat()},{end.isoformat()})"
    with connection.cursor() as cursor:
        cursor.execute(_OCCUPANCY, {"listing": listing_id, "period": period})
        for option_id, lower, upper, purpose, expires_at, begins_at, vacated_at, claim_id in cursor.fetchall():
            stretches = taken.setdefault(option_id, [])
            if lower is not None:
                first, last = max(lower, start), min(upper, end)
                stretches.append(Taken(first, last, Purpose(purpose), expires_at, vacated_at, claim_id, begins_at))
    return tuple(Option(option_id, tuple(stretches)) for option_id, stretches in taken.items())


def only_of(options: Sequence[Option], unit_id: UUID | None) -> tuple[Option, ...]:
    """Those that give this unit; all of them when none is named."""
    return tuple(option for option in options if unit_id is None or option.id == unit_id)


def free_options(options: Sequence[Option], period: Period) -> int:
    """How many of them nothing takes during the period."""
    return sum(not option.taken_during(period) for option in options)


def claims_in_the_way(options: Sequence[Option], period: Period) -> frozenset[UUID]:
    """Whose allocations take them during the period."""
    taken = (each for option in options for each in option.taken_during(period))
    return frozenset(each.claim_id for each in taken if each.claim_id is not None)


def why_not_free(
    options: Sequence[Option],
    period: Period,
    *,
    zone: str,
    quantity: int = 1,
    wanted: Period | None = None,
    own_claims: Collection[UUID] = frozenset(),
) -> tuple[Reason, ...]:
    """Why so many options are not free for all of the period; none when they are.

    `wanted` is the part of it that is asked for: what is only in the way of the turnover around that says so.
    `own_claims` are the holds of whoever asks.
    """
    if not options:
        return (NO_UNITS,)
    left = free_options(options, period)
    if left >= quantity:
        return ()
    taken = [each for option in options for each in option.taken_during(period)]
    reasons = closing_reasons(taken, zone, period=wanted, own_claims=own_claims)
    return (too_few(left, quantity), *reasons) if quantity > 1 else reasons


def free_listings(periods: Mapping[UUID, Period]) -> set[UUID]:
    """Which of these listings have an option that nothing takes during the listing's period. One query."""
    if not periods:
        return set()
    ranges = [f"[{period.start.isoformat()},{period.end.isoformat()})" for period in periods.values()]
    with connection.cursor() as cursor:
        cursor.execute(_FREE, {"listings": list(periods), "periods": ranges})
        return {row[0] for row in cursor.fetchall()}
