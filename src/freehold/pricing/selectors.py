"""Reads of prices: rate plans as the pure rules take them."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Prefetch, Q

from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.domain.pricing import RatePlanTerms, StayDiscount, TaxKind, TaxTerms
from freehold.pricing.models import CancellationPolicy, PriceOverride, RatePlan, Tax
from freehold.pricing.plan_rows import read_published_plans
from freehold.properties.models import Listing


def published_rate_plans(
    *, listing_ids: Collection[UUID], start: date | None = None, end: date | None = None
) -> dict[UUID, RatePlan]:
    """The plans of the published listings among `listing_ids`, by listing, with listing, place, policy, taxes
    and restrictions.

    One query however many listings. With `start` and `end`, price overrides of these nights (half-open) come
    along; without, all of them.
    """
    return {plan.listing_id: plan for plan in read_published_plans(listing_ids, start, end)}


def host_rate_plan(*, listing: Listing) -> RatePlan | None:
    """The plan of a listing that the caller may see, with its taxes and the overrides that are still to come."""
    is_to_come = Q(nights__endswith__gt=clock.now().date()) | Q(nights__upper_inf=True)
    overrides = PriceOverride.objects.filter(is_to_come).order_by("nights")
    return (
        RatePlan.objects.company(listing.company_id)
        .filter(listing=listing)
        .prefetch_related("taxes", Prefetch("overrides", queryset=overrides))
        .first()
    )


def company_terms(*, actor: Actor, company_id: UUID) -> tuple[list[CancellationPolicy], list[Tax]]:
    """What rate plans of the company choose from, for its people. Raises NotFound, AccessDenied."""
    require(actor=actor, permission="properties.view", company_id=company_id)
    policies = CancellationPolicy.objects.company(company_id).order_by("name")
    return list(policies), list(Tax.objects.company(company_id).order_by("code"))


def published_rate_plan(*, listing_id: UUID) -> RatePlan:
    """The plan of one published listing. Raises NotFound for a listing that nobody has priced yet."""
    try:
        return published_rate_plans(listing_ids=[listing_id])[listing_id]
    except KeyError:
        raise NotFound("This place has no price yet.") from None


def rate_plan_terms(plan: RatePlan, *, start: date, end: date) -> RatePlanTerms:
    """The plan as `domain.pricing` takes it, for the nights in [start, end). The plan's relations are at hand."""
    return replace(
        night_terms(plan, start=start, end=end),
        stay_discounts=tuple(StayDiscount(tier["min_nights"], tier["basis_points"]) for tier in plan.stay_discounts),
        taxes=tuple(
            TaxTerms(
                code=tax.code,
                label=tax.label,
                kind=TaxKind(tax.kind),
                basis_points=tax.basis_points,
                amount_minor=tax.amount_minor,
                exempt_below_age=tax.exempt_below_age,
                max_nights=tax.max_nights,
                on_cleaning=tax.on_cleaning,
            )
            for tax in sorted(plan.taxes.all(), key=lambda tax: tax.code)
        ),
    )


def night_terms(plan: RatePlan, *, start: date, end: date) -> RatePlanTerms:
    """What single nights in [start, end) cost, without discounts and taxes. Only the plan's overrides are at hand."""
    return RatePlanTerms(
        currency=plan.currency,
        base_price_minor=plan.base_price_minor,
        weekday_prices={weekday: minor for weekday, minor in enumerate(plan.weekday_prices or ()) if minor is not None},
        date_prices=_date_prices(plan, start, end),
        included_guests=plan.included_guests,
        extra_guest_fee_minor=plan.extra_guest_fee_minor,
        cleaning_fee_minor=plan.cleaning_fee_minor,
    )


def _date_prices(plan: RatePlan, start: date, end: date) -> dict[date, int]:
    prices: dict[date, int] = {}
    for override in plan.overrides.all():
        day = max(override.nights.lower or start, start)
        last = min(override.nights.upper or end, end)
        while day < last:
            prices[day] = override.price_minor
            day += timedelta(days=1)
    return prices
