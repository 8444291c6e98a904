"""Bookings as rows of a table that other programs read: plain dates, plain amounts, one currency column."""

from __future__ import annotations

from django.utils.translation import gettext

from freehold.domain.periods import time_zone
from freehold.web.console.present.booking import DeskBooking

# A spreadsheet would run what begins like this.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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


def export_row(shown: DeskBooking) -> list[str]:
    booking, zone = shown.booking, time_zone(shown.time_zone)
    is_open_ended = any(item.check_out is None for item in shown.items)
    row = [
        shown.reference,
        shown.state.value,
        shown.guest,
        booking.booker.email or "",
        booking.booker.phone or "",
        shown.title,
        shown.party,
        booking.starts_at.astimezone(zone).isoformat(timespec="minutes"),
        "" if is_open_ended else booking.ends_at.astimezone(zone).isoformat(timespec="minutes"),
        booking.currency,
        shown.total.amount_text(),
        shown.paid.amount_text(),
        shown.dues.owed.amount_text(),
        booking.created_at.astimezone(zone).isoformat(timespec="minutes"),
    ]
    return [harmless(text) for text in row]


def harmless(text: str) -> str:
    """Guests choose their names: a cell stays text, whatever it begins with."""
    return f"'{text}" if text.startswith(_FORMULA) else text
