"""Reductions on the page of a booking."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from freehold.bookings.reductions import notes_of
from freehold.bookings.services.grant_reduction import PERMISSION, grantable
from freehold.web.console.present.booking import DeskBooking
from freehold.web.site.present.credit_notes import ShownNote


def reductions_of(shown: DeskBooking) -> dict[str, Any]:
    """Sent twice, the form is one reduction: its key was made when the page was."""
    booking = shown.booking
    notes = [ShownNote(note) for note in notes_of(booking)] if shown.desk.may("payments.view") else []
    if not shown.desk.may(PERMISSION) or not booking.confirmed_at:
        return {"notes": notes, "may_grant": False}
    most = grantable(booking.folio)
    return {"notes": notes, "may_grant": most.is_positive, "most": most, "reduction_key": uuid4().hex}
