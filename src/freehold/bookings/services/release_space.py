"""Give back every unit that a booking holds."""

from freehold.bookings.locking import lock_space
from freehold.bookings.models import Booking
from freehold.core.actor import Actor
from freehold.inventory.services.release_claim import release_claim


def release_space(booking: Booking) -> None:
    """Releases the claims of all items. Needs the booking locked."""
    for claim_id in lock_space(booking):
        release_claim(actor=Actor.system(f"booking {booking.state}"), claim_id=claim_id)
