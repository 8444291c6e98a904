"""Put a listing on the market: shown, and with a price."""

from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.pricing.models import RatePlan
from freehold.properties.models import Listing
from freehold.properties.services.publish_listing import publish_listing


def offer_listing(*, actor: Actor, listing_id: UUID) -> Listing:
    """Publishes a listing that has a rate plan. Raises Conflict `no_rate_plan`, and as `publish_listing` does."""
    with transaction.atomic():
        listing = publish_listing(actor=actor, listing_id=listing_id)
        if not RatePlan.objects.company(listing.company_id).filter(listing=listing).exists():
            raise Conflict("Set a price first: nobody could book this.", code="no_rate_plan")
    return listing
