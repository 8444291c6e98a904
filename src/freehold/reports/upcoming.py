"""What time will bring: the moments at which something will happen to bookings by itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection


class Happening(StrEnum):
    REQUEST_LAPSES = "request_lapses"
    HOLD_EXPIRES = "hold_expires"
    REFUND_SHRINKS = "refund_shrinks"
    ARRIVAL = "arrival"
    DEPARTURE = "departure"


@dataclass(frozen=True, slots=True)
class Upcoming:
    """`happens` to the booking with that reference, at an instant of Freehold's clock."""

    at: datetime
    happens: Happening
    reference: str


# The refund's steps are those that were frozen on the booking.
_UPCOMING = """
    SELECT moment.at, moment.happens, booking.reference
      FROM bookings_booking AS booking
     CROSS JOIN LATERAL (
        SELECT booking.hold_expires_at AS at,
               CASE booking.state WHEN 'requested' THEN 'request_lapses' ELSE 'hold_expires' END AS happens
         WHERE booking.state IN ('requested', 'held', 'pending_payment')
        UNION ALL
        SELECT (step ->> 'until')::timestamptz, 'refund_shrinks'
          FROM jsonb_array_elements(booking.terms -> 'refund_timeline') AS step
         WHERE booking.state = 'confirmed' AND step ->> 'until' IS NOT NULL
        UNION ALL
        SELECT booking.starts_at, 'arrival' WHERE booking.state = 'confirmed'
        UNION ALL
        SELECT booking.ends_at, 'departure'
         WHERE booking.state IN ('confirmed', 'in_house') AND booking.ends_at < '9999-01-01Z'
     ) AS moment
     WHERE booking.state IN ('requested', 'held', 'pending_payment', 'confirmed', 'in_house')
       AND moment.at > (SELECT freehold_now())
     ORDER BY moment.at, booking.reference, moment.happens
     LIMIT %s
"""


def upcoming(*, limit: int = 20) -> list[Upcoming]:
    """The next moments over all companies, in order. For the test clock; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_UPCOMING, [limit])
        return [Upcoming(at, Happening(happens), reference) for at, happens, reference in cursor.fetchall()]
