"""Put a place away, and take it back. Nothing of a place is ever deleted: its bookings and its books refer to it."""

from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.clock import DatabaseNow
from freehold.properties.access import permitted
from freehold.properties.models import Listing, Property


def archive_property(*, actor: Actor, property_id: UUID) -> Property:
    """Takes the place and all its listings off the site for good; bookings stay. Needs `properties.edit`.

    Safe to repeat. The listings are paused, so that none of them comes back by itself.
    """
    with transaction.atomic():
        place = permitted(actor=actor, model=Property, pk=property_id, lock=True)
        listings = Listing.objects.company(place.company_id).filter(property=place, status=Listing.Status.PUBLISHED)
        listings.update(status=Listing.Status.PAUSED, updated_at=DatabaseNow())
        return _become(place, Property.Status.ARCHIVED)


def restore_property(*, actor: Actor, property_id: UUID) -> Property:
    """An archived place is a draft again, until one of its listings is published. Needs `properties.edit`.

    Safe to repeat; a place that is not archived stays as it is.
    """
    with transaction.atomic():
        place = permitted(actor=actor, model=Property, pk=property_id, lock=True)
        return _become(place, Property.Status.DRAFT) if place.status == Property.Status.ARCHIVED else place


def _become(place: Property, status: Property.Status) -> Property:
    place.status = status
    place.save(update_fields=["status", "updated_at"])
    return place
