"""Give listings that have no price yet their first one, all at once."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.pricing.models import RatePlan
from freehold.pricing.services.set_rate_plan import KnownTerms, RatePlanFacts, checked_plan
from freehold.properties.models import Listing


def price_new_listings(*, actor: Actor, company_id: UUID, plans: Mapping[UUID, RatePlanFacts]) -> None:
    """One plan for each listing, by its id. Needs `pricing.edit`.

    Raises NotFound for a listing that is not the company's, and BadInput like `set_rate_plan`.
    """
    require(actor=actor, permission="pricing.edit", company_id=company_id)
    with transaction.atomic():
        listings = Listing.objects.company(company_id).in_bulk(list(plans))
        if len(listings) != len(plans):
            raise NotFound
        known = KnownTerms.of(company_id)
        made = RatePlan.objects.bulk_create(
            checked_plan(listings[listing_id], facts, known) for listing_id, facts in plans.items()
        )
        RatePlan.taxes.through.objects.bulk_create(
            RatePlan.taxes.through(rateplan_id=plan.pk, tax_id=tax_id)
            for plan in made
            for tax_id in plans[plan.listing_id].tax_ids
        )
