"""What imported listings cost now, and the base prices that a repeated import changes."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import transaction

from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.pricing.models import MAX_PRICE_MINOR, RatePlan

_BATCH = 500


def base_prices(*, company_id: UUID, listing_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Minor units by listing, of those that have a rate plan. Locks the plans."""
    plans = (
        RatePlan.objects.company(company_id)
        .filter(listing_id__in=list(listing_ids))
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    return {plan.listing_id: plan.base_price_minor for plan in plans}


def import_price_changes(*, actor: Actor, company_id: UUID, prices: Mapping[UUID, int]) -> None:
    """Sets the base price of each listing's plan. Needs `pricing.edit`."""
    require(actor=actor, permission="pricing.edit", company_id=company_id)
    if any(not 0 <= price <= MAX_PRICE_MINOR for price in prices.values()):
        raise BadInput(f"From 0 to {MAX_PRICE_MINOR}.", attr="base_price_minor")
    with transaction.atomic():
        plans = list(RatePlan.objects.company(company_id).filter(listing_id__in=list(prices)))
        for plan in plans:
            plan.base_price_minor = prices[plan.listing_id]
            plan.updated_at = clock.now()
        RatePlan.objects.company(company_id).bulk_update(plans, ["base_price_minor", "updated_at"], batch_size=_BATCH)
