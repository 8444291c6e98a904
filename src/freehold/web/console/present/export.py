"""Bookings as rows of a table that other programs read: plain dates, plain amounts, one currency column."""

from __future__ import annotations

from django.utils.translation import gettext

from freehold.web.console.present.booking import DeskBooking
from freehold.web.console.tables import moment_cell


def export_head() -> list[str]:
    return [
        gettext("Reference"),
        gettext("Status"),
        gettext("Guest"),
        gettext("Email"),
        gettext("Phone"),
        gettext("What"),
        gettext("Guests"),
        gettext("From"),
        gettext("Until"),
        gettext("Currency"),
        gettext("Total"),
        gettext("Paid"),
        gettext("Owed"),
        gettext("Made"),
    ]


def export_row(shown: DeskBooking, zone: str) -> list[str]:
    """`zone`: the company's, whatever that of the place."""
    booking = shown.booking
    is_open_ended = any(item.check_out is None for item in shown.items)
    return [
        shown.reference,
        shown.state.value,
        shown.guest,
        booking.booker.email or "",
        booking.booker.phone or "",
        shown.title,
        shown.party,
        moment_cell(booking.starts_at, zone),
        moment_cell(None if is_open_ended else booking.ends_at, zone),
        booking.currency,
        shown.total.amount_text(),
        shown.paid.amount_text(),
        shown.dues.owed.amount_text(),
        moment_cell(booking.created_at, zone),
    ]
