"""Reads of what was granted on bookings: the credit notes of one, and how much more there may be."""

from uuid import UUID

from freehold.bookings.models import Booking
from freehold.bookings.selectors import find_booking
from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.finance.models import CreditNote
from freehold.finance.selectors import credit_notes_of


def booking_notes(*, actor: Actor, booking_id: UUID | str) -> list[CreditNote]:
    """The credit notes of one booking with who issued them, the oldest first; its booker may see them, too.

    Raises NotFound, AccessDenied.
    """
    return notes_of(find_booking(actor=actor, booking_id=booking_id, permission="payments.view"))


def notes_of(booking: Booking) -> list[CreditNote]:
    """The same of a booking that the caller may see."""
    return list(credit_notes_of(booking.folio))


def find_note(booking: Booking, document_number: str) -> CreditNote:
    """The note that people call by this number. Raises NotFound."""
    wanted = document_number.upper()
    for note in notes_of(booking):
        if note.document_number == wanted:
            return note
    raise NotFound
