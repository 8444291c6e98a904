"""What the replayed years were like: rooms sold, rates, refunds and the books, read from the tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

# Nights that were really slept in, by month: of bookings that were checked in, cut where somebody left early.
_NIGHTS = """
    SELECT date_trunc('month', night)::date AS month, count(*) AS sold,
           sum(round(item.amount_minor::numeric / nullif(item.check_out - item.check_in, 0))) AS revenue
      FROM bookings_booking AS booking
      JOIN bookings_bookingitem AS item ON item.booking_id = booking.id AND item.cancelled_at IS NULL
     CROSS JOIN LATERAL generate_series(
           item.check_in, least(item.check_out, coalesce(booking.checked_out_at::date, item.check_out)) - 1, '1 day'
     ) AS night
     WHERE booking.company_id = %(company)s AND booking.state IN ('in_house', 'completed')
     GROUP BY 1 ORDER BY 1
"""
_STATES = "SELECT state, count(*) FROM bookings_booking WHERE company_id = %(company)s GROUP BY 1 ORDER BY 1"
_REFUNDS = """
    SELECT count(*), coalesce(sum(amount_minor), 0) FROM payments_refund
     WHERE company_id = %(company)s AND state = 'succeeded'
"""
_PAYMENTS = """
    SELECT count(*), coalesce(sum(received_minor), 0) FROM payments_payment
     WHERE company_id = %(company)s AND state = 'paid'
"""
_LEDGER = """
    SELECT account.code, sum(posting.amount_minor)
      FROM finance_posting AS posting
      JOIN finance_account AS account ON account.id = posting.account_id
      JOIN finance_journalentry AS entry ON entry.id = posting.entry_id
     WHERE entry.company_id = %(company)s
     GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Month:
    """Rates in minor units. `occupancy` is the share of the rooms' nights that were sold, 0 to 1."""

    month: date
    sold: int
    revenue_minor: int
    rooms: int
    days: int

    @property
    def occupancy(self) -> float:
        return self.sold / (self.rooms * self.days) if self.rooms else 0.0

    @property
    def adr_minor(self) -> int:
        """The average daily rate: revenue per room sold."""
        return round(self.revenue_minor / self.sold) if self.sold else 0

    @property
    def revpar_minor(self) -> int:
        """Revenue per available room and night."""
        return round(self.revenue_minor / (self.rooms * self.days)) if self.rooms else 0


@dataclass(frozen=True, slots=True)
class Summary:
    """`ledger` is by account, debit positive; its sum is zero. (count, minor units) of payments and refunds."""

    months: tuple[Month, ...]
    states: Mapping[str, int]
    payments: tuple[int, int]
    refunds: tuple[int, int]
    ledger: Mapping[str, int]


def summarise(*, company_id: UUID, rooms: int) -> Summary:
    """Reads the company's replayed bookings. `rooms` is how many there are to sell each night."""
    months = [
        Month(month, int(sold), int(revenue or 0), rooms, _days_of(month))
        for month, sold, revenue in _rows(_NIGHTS, company_id)
    ]
    (payments,), (refunds,) = _rows(_PAYMENTS, company_id), _rows(_REFUNDS, company_id)
    return Summary(
        months=tuple(months),
        states=dict(_rows(_STATES, company_id)),
        payments=(int(payments[0]), int(payments[1])),
        refunds=(int(refunds[0]), int(refunds[1])),
        ledger={account: int(total) for account, total in _rows(_LEDGER, company_id)},
    )


def _days_of(month: date) -> int:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return (following - month).days


def _rows(statement: str, company_id: UUID) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"company": company_id})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
