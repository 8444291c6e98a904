"""A stay as instants. Dates mean different instants in each zone and with each turn-over time; there are few of these
combinations, so they are worked out by `domain.periods` before the search instead of once more in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import connection

from freehold.core import clock
from freehold.domain.periods import Period, stay_period, time_zone
from freehold.inventory.search.query import SearchQuery


@dataclass(frozen=True, slots=True)
class Moment:
    """The stay, and what today is, at all places of one clock."""

    clock_id: int
    today: date
    stay: Period


def moments_of_stay(check_in: date, check_out: date) -> list[Moment]:
    """One query."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, time_zone, check_in_time, check_out_time FROM inventory_searchclock ORDER BY id")
        clocks: list[tuple[int, str, time, time]] = cursor.fetchall()
    return [
        Moment(
            clock_id,
            now.astimezone(time_zone(zone)).date(),
            stay_period(check_in, check_out, check_in_time, check_out_time, zone),
        )
        for clock_id, zone, check_in_time, check_out_time in clocks
    ]


def moment_parameters(query: SearchQuery, moments: Sequence[Moment]) -> dict[str, Any]:
    """Arrays that a clock's id leads into, NULL where there is no such clock; and the stay everywhere."""
    known = {moment.clock_id: moment for moment in moments}
    by_id = [known.get(number) for number in range(1, max(known) + 1)]
    return {
        "check_in": query.check_in,
        "check_out": query.check_out,
        "nights": query.nights,
        "no_bit": "0" * query.nights,
        "todays": [moment and moment.today for moment in by_id],
        "arrivals": [moment and moment.stay.start for moment in by_id],
        "stays": [moment and _range(moment.stay.start, moment.stay.end) for moment in by_id],
        "envelope": _range(
            min(moment.stay.start for moment in moments), max(moment.stay.end for moment in moments)
        ),
    }


def _range(start: datetime, end: datetime) -> str:
    return f"[{start.isoformat()},{end.isoformat()})"
