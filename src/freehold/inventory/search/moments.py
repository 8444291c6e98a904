"""A stay as instants. Dates mean different instants in each zone and with each turn-over time; there are few of these
combinations, so they are worked out by `domain.periods` before the search instead of once more in SQL."""

from dataclasses import dataclass
from datetime import date, time

from django.db import connection

from freehold.core import clock
from freehold.domain.periods import Period, stay_period, time_zone

# A loose index scan: one probe per combination, however many properties.
_CLOCKS = """
    WITH RECURSIVE clock AS (
        (SELECT time_zone, check_in_time, check_out_time FROM properties_property
          WHERE status = 'published' ORDER BY time_zone, check_in_time, check_out_time LIMIT 1)
         UNION ALL
        SELECT following.* FROM clock CROSS JOIN LATERAL (
            SELECT p.time_zone, p.check_in_time, p.check_out_time FROM properties_property AS p
             WHERE p.status = 'published' AND (p.time_zone, p.check_in_time, p.check_out_time)
                   > (clock.time_zone, clock.check_in_time, clock.check_out_time)
             ORDER BY p.time_zone, p.check_in_time, p.check_out_time LIMIT 1) AS following
    )
    SELECT time_zone, check_in_time, check_out_time FROM clock
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """The stay, and what today is, at all places with this zone and these turn-over times."""

    time_zone: str
    check_in_time: time
    check_out_time: time
    today: date
    stay: Period


def moments_of_stay(check_in: date, check_out: date) -> list[Moment]:
    """One query."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLOCKS)
        clocks = cursor.fetchall()
    return [
        Moment(
            zone,
            check_in_time,
            check_out_time,
            now.astimezone(time_zone(zone)).date(),
            stay_period(check_in, check_out, check_in_time, check_out_time, zone),
        )
        for zone, check_in_time, check_out_time in clocks
    ]
