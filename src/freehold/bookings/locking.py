"""The first three steps of the one lock order: folio, then booking, then the units that it has."""

from uuid import UUID

from freehold.bookings.models import Booking, BookingChange
from freehold.finance.models import Folio
from freehold.finance.services.lock_folio import lock_folio
from freehold.inventory.allocations import lock_units_of_claims


def lock_booking(booking: Booking) -> tuple[Folio, Booking]:
    """Locks the folio, then the booking, and returns both as they are now. Needs a transaction."""
    folio = lock_folio(booking.folio_id)
    return folio, lock_booking_row(booking.pk)


def lock_booking_row(booking_id: UUID) -> Booking:
    """Locks the booking of a folio that is locked already."""
    return Booking.objects.system("lock").select_for_update(of=("self",)).get(pk=booking_id)


def lock_space(booking: Booking) -> list[UUID]:
    """Locks every unit that the booking has, and what a change that waits for its money holds beside them.

    All together and in id order, so that whoever then touches claim after claim waits for nobody else. Returns the
    claims of the items, in id order. Needs the booking locked. Raises TemporarilyUnavailable.
    """
    claims = sorted(booking.items.values_list("claim_id", flat=True))
    waiting = booking.changes.filter(state=BookingChange.State.PENDING).values_list("claim_ids", flat=True)
    lock_units_of_claims([*claims, *(claim_id for held in waiting for claim_id in held)])
    return claims
