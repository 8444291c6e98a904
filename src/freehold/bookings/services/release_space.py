"""Give back every unit that a booking holds."""

from freehold.bookings.models import Booking
from freehold.core.actor import Actor
from freehold.inventory.services.release_claim import release_claim


def release_space(booking: Booking) -> None:
    """Releases the claims of all items, in id order. Needs the booking locked."""
    for claim_id in sorted(booking.items.values_list("claim_id", flat=True)):
        release_claim(actor=Actor.system(f"booking {booking.state}"), claim_id=claim_id)
