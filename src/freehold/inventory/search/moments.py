"""A stay as instants. Dates mean different instants in each zone and with each turn-over time; there are few of these
combinations, so they are worked out by `domain.periods` before the search instead of once more in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from freehold.core import clock
from freehold.domain.periods import Period, local_instant, time_zone
from freehold.inventory.search.prepared import fetch_prepared
from freehold.inventory.search.query import SearchQuery

_CLOCKS = """
    SELECT id, time_zone, check_in_time, check_out_time, turnover_days FROM inventory_searchclock ORDER BY id
"""


# A claim takes at most so much more than it is for: turnover after a stay, buffers around a slot.
BESIDE_A_CLAIM = timedelta(days=46)


@dataclass(frozen=True, slots=True)
class Moment:
    """The stay, and what today is, at all places of one clock. What it takes is longer by `turnover_days`."""

    clock_id: int
    today: date
    taken: Period
    turnover_days: int


def moments_of_stay(check_in: date, check_out: date) -> list[Moment]:
    """One query."""
    now = clock.now()
    clocks: list[tuple[int, str, time, time, int]] = fetch_prepared(_CLOCKS, {})
    return [
        Moment(
            clock_id,
            now.astimezone(time_zone(zone)).date(),
            Period(
                local_instant(check_in, check_in_time, zone),
                local_instant(check_out + timedelta(days=turnover_days), check_out_time, zone),
            ),
            turnover_days,
        )
        for clock_id, zone, check_in_time, check_out_time, turnover_days in clocks
    ]


def moment_parameters(query: SearchQuery, moments: Sequence[Moment]) -> dict[str, Any]:
    """Arrays that a clock's id leads into, NULL where there is no such clock; and what the stay takes anywhere."""
    known = {moment.clock_id: moment for moment in moments}
    start, end = min(moment.taken.start for moment in moments), max(moment.taken.end for moment in moments)
    by_id = [known.get(number) for number in range(1, max(known) + 1)]
    return {
        "check_in": query.check_in,
        "check_out": query.check_out,
        "nights": query.nights,
        "todays": [moment and moment.today for moment in by_id],
        "arrivals": [moment and moment.taken.start for moment in by_id],
        "taken_nights": [moment and query.nights + moment.turnover_days for moment in by_id],
        "takings": [moment and _range(moment.taken.start, moment.taken.end) for moment in by_id],
        "envelope": _range(start, end),
        "around": _range(start - BESIDE_A_CLAIM, end + BESIDE_A_CLAIM),
    }


def _range(start: datetime, end: datetime) -> str:
    return f"[{start.isoformat()},{end.isoformat()})"
