"""The first two steps of the one lock order: folio, then booking."""

from uuid import UUID

from freehold.bookings.models import Booking
from freehold.finance.models import Folio
from freehold.finance.services.lock_folio import lock_folio


def lock_booking(booking: Booking) -> tuple[Folio, Booking]:
    """Locks the folio, then the booking, and returns both as they are now. Needs a transaction."""
    folio = lock_folio(booking.folio_id)
    return folio, lock_booking_row(booking.pk)


def lock_booking_row(booking_id: UUID) -> Booking:
    """Locks the booking of a folio that is locked already."""
    return Booking.objects.system("lock").select_for_update(of=("self",)).get(pk=booking_id)
