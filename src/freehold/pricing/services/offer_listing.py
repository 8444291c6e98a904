"""Put a listing on the market: shown, and with a price."""

from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.pricing.models import RatePlan
from freehold.pricing.services.set_rate_plan import bases_of
from freehold.properties.models import Listing
from freehold.properties.services.publish_listing import publish_listing
from freehold.properties.wishes import slot_rules_of


def offer_listing(*, actor: Actor, listing_id: UUID) -> Listing:
    """Publishes a listing that has a rate plan of its mode, and, when it is sold by the slot, opening hours.

    Raises Conflict `no_rate_plan`, `wrong_basis` or `no_slots`, and as `publish_listing` does.
    """
    with transaction.atomic():
        listing = publish_listing(actor=actor, listing_id=listing_id)
        plan = RatePlan.objects.company(listing.company_id).filter(listing=listing).first()
        if plan is None:
            raise Conflict("Set a price first: nobody could book this.", code="no_rate_plan")
        if plan.basis not in bases_of(listing):
            raise Conflict("The price is of another kind than the listing: set it again.", code="wrong_basis")
        if listing.mode == Listing.Mode.SLOT and slot_rules_of(listing) is None:
            raise Conflict("Set the opening hours first: there are no slots.", code="no_slots")
    return listing
