"""What time will bring: the moments at which something will happen to bookings by itself."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection

from freehold.messaging.models import Reminder
from freehold.messaging.selectors import BEFORE_ARRIVAL


class Happening(StrEnum):
    REQUEST_LAPSES = "request_lapses"
    HOLD_EXPIRES = "hold_expires"
    REFUND_SHRINKS = "refund_shrinks"
    BALANCE_REMINDER = "balance_reminder"
    ARRIVAL_REMINDER = "arrival_reminder"
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
        SELECT booking.starts_at - %(before_balance)s, 'balance_reminder'
         WHERE booking.state = 'confirmed' AND EXISTS (
            SELECT FROM finance_receivable AS owed
             WHERE owed.folio_id = booking.folio_id AND owed.amount_minor > owed.settled_minor + owed.written_off_minor)
        UNION ALL
        SELECT booking.starts_at - %(before_arrival)s, 'arrival_reminder' WHERE booking.state = 'confirmed'
        UNION ALL
        SELECT booking.starts_at, 'arrival' WHERE booking.state = 'confirmed'
        UNION ALL
        SELECT booking.ends_at, 'departure'
         WHERE booking.state IN ('confirmed', 'in_house') AND booking.ends_at < '9999-01-01Z'
     ) AS moment
     WHERE booking.state IN ('requested', 'held', 'pending_payment', 'confirmed', 'in_house')
       AND moment.at > (SELECT freehold_now())
     ORDER BY moment.at, booking.reference, moment.happens
     LIMIT %(limit)s
"""


def upcoming(*, limit: int = 20) -> list[Upcoming]:
    """The next moments over all companies, in order. For the test clock; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _UPCOMING,
            {
                "before_balance": BEFORE_ARRIVAL[Reminder.Kind.BALANCE],
                "before_arrival": BEFORE_ARRIVAL[Reminder.Kind.ARRIVAL],
                "limit": limit,
            },
        )
        return [Upcoming(at, Happening(happens), reference) for at, happens, reference in cursor.fetchall()]
