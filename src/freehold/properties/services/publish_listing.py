"""Show a listing to the world, and take it back."""

from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.properties.access import permitted
from freehold.properties.models import Listing, Property, Unit


def publish_listing(*, actor: Actor, listing_id: UUID) -> Listing:
    """Publishes the listing, and its property with it. Needs `properties.edit`. Safe to repeat.

    Raises Conflict `nothing_to_sell` without a unit in use, and `archived` in a place that was put away. Whether it
    has a price is checked one room higher: see `pricing.services.offer_listing`.
    """
    with transaction.atomic():
        listing = permitted(actor=actor, model=Listing, pk=listing_id)
        # The place first, as whoever archives it: neither waits for the other with something in hand.
        places = Property.objects.company(listing.company_id).select_for_update(no_key=True)
        place = places.get(pk=listing.property_id)
        if place.status == Property.Status.ARCHIVED:
            raise Conflict("This place was put away: restore it first.", code="archived")
        listing = permitted(actor=actor, model=Listing, pk=listing_id, lock=True)
        if not _has_units(listing):
            detail = "Nothing can be booked here: there is no unit in use."
            raise Conflict(detail, code="nothing_to_sell")
        place.status = Property.Status.PUBLISHED
        place.save(update_fields=["status", "updated_at"])
        listing.status = Listing.Status.PUBLISHED
        listing.save(update_fields=["status", "updated_at"])
    return listing


def pause_listing(*, actor: Actor, listing_id: UUID) -> Listing:
    """Takes the listing off the site; bookings stay. Needs `properties.edit`. Safe to repeat."""
    with transaction.atomic():
        listing = permitted(actor=actor, model=Listing, pk=listing_id, lock=True)
        listing.status = Listing.Status.PAUSED
        listing.save(update_fields=["status", "updated_at"])
    return listing


def _has_units(listing: Listing) -> bool:
    units = Unit.objects.company(listing.company_id).filter(property_id=listing.property_id, is_active=True)
    if listing.unit_id is not None:
        return units.filter(pk=listing.unit_id).exists()
    if listing.unit_type_id is not None:
        return units.filter(unit_type_id=listing.unit_type_id).exists()
    return units.filter(kind=Unit.Kind.LEAF).exists()
