"""On which units an item of a booking is, and where else it could be. For the people of the company."""

from dataclasses import dataclass
from uuid import UUID

from freehold.bookings.models import Booking, BookingItem
from freehold.companies.access import find_permitted
from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.inventory.pinning import UnitForClaim, assigned_units, units_for_claim
from freehold.pricing.types import PricedCart


@dataclass(frozen=True, slots=True)
class ItemUnits:
    """`assigned`: what the item has now. `units`: all units of its place, told for the item's own period."""

    assigned: tuple[UnitForClaim, ...]
    units: tuple[UnitForClaim, ...]


def item_units(*, actor: Actor, booking_id: UUID | str, item: int) -> ItemUnits:
    """Needs `bookings.view`. Raises NotFound and AccessDenied."""
    booking = find_permitted(actor=actor, model=Booking, pk=booking_id, permission="bookings.view")
    row = booking.items.select_related("listing").filter(position=item).first()
    if row is None:
        raise NotFound("The booking has no such item.")
    return units_of_item(booking, row)


def units_of_item(booking: Booking, row: BookingItem) -> ItemUnits:
    """Two queries; reads `row.listing`."""
    # What was given up is no longer among the terms: the items that stay are, in their order.
    before = booking.items.filter(cancelled_at=None, position__lt=row.position).count()
    quantity = PricedCart.from_json(booking.terms).items[before].quantity if row.cancelled_at is None else 0
    units = units_for_claim(property_id=row.listing.property_id, claim_id=row.claim_id)
    return ItemUnits(assigned_units(units, row.listing, quantity), units)
