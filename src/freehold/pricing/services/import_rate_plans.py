"""Bring in the prices of many listings at once, with the terms and taxes that they share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from psycopg.types.json import Jsonb

from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.copying import copy_rows, refresh_statistics
from freehold.core.errors import BadInput
from freehold.core.ids import uuid7
from freehold.domain.cancellation import CancellationTerms, Tier
from freehold.pricing.models import CancellationPolicy, RatePlan, Tax


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxToImport:
    """Exactly one of `basis_points` (a percentage) and `amount_minor` (per person and night) is above zero."""

    code: str
    label: str
    basis_points: int = 0
    amount_minor: int = 0
    exempt_below_age: int = 0
    max_nights: int | None = None
    on_cleaning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RatePlanToImport:
    """Amounts in minor units of `currency`. `cancellation_policy` is a name and `taxes` are codes of the
    company.

    `weekday_prices` has seven entries from Monday, None for the base price; `stay_discounts` is (least
    nights, basis points off).
    """

    company_id: UUID
    listing_id: UUID
    currency: str
    base_price_minor: int
    cancellation_policy: str
    included_guests: int
    weekday_prices: Sequence[int | None] | None = None
    stay_discounts: Sequence[tuple[int, int]] = ()
    extra_guest_fee_minor: int = 0
    cleaning_fee_minor: int = 0
    taxes: Sequence[str] = ()


def define_terms(
    *, actor: Actor, company_id: UUID, policies: Iterable[CancellationTerms], taxes: Iterable[TaxToImport]
) -> None:
    """Makes the company's cancellation policies and taxes, or brings those of the same name up to date."""
    require(actor=actor, permission="pricing.edit", company_id=company_id)
    with transaction.atomic():
        for terms in policies:
            CancellationPolicy.objects.company(company_id).update_or_create(
                name=terms.policy_name,
                company_id=company_id,
                defaults={"tiers": [_tier_row(tier) for tier in terms.tiers]},
            )
        for tax in taxes:
            Tax.objects.company(company_id).update_or_create(
                code=tax.code, company_id=company_id, defaults=_tax_values(tax)
            )


def ensure_policy(*, actor: Actor, company_id: UUID, name: str, standard: CancellationTerms) -> None:
    """Makes the standard policy when it is the one that is named and the company lacks it; changes none.

    Raises BadInput for any other name that the company does not have.
    """
    if CancellationPolicy.objects.company(company_id).filter(name=name).exists():
        return
    if name != standard.policy_name:
        raise BadInput("The company has no such cancellation policy.", code="unknown_policy", attr="policy")
    define_terms(actor=actor, company_id=company_id, policies=[standard], taxes=())


def import_rate_plans(*, actor: Actor, plans: Iterable[RatePlanToImport], analyse: bool = True) -> int:
    """Makes a rate plan for each listing (which must have none) and returns how many.

    Needs `pricing.edit` in each company. Raises BadInput for a policy or tax that the company does not have.
    `analyse` as in `import_properties`.
    """
    chosen = list(plans)
    companies = {plan.company_id for plan in chosen}
    for company_id in companies:
        require(actor=actor, permission="pricing.edit", company_id=company_id)
    policies, taxes = _known_terms(companies)
    now = clock.now()
    ids = [uuid7() for _ in chosen]
    try:
        plan_rows = [
            (
                *(plan_id, now, now, plan.company_id, plan.listing_id, plan.currency, plan.base_price_minor),
                None if plan.weekday_prices is None else list(plan.weekday_prices),
                Jsonb([{"min_nights": nights, "basis_points": points} for nights, points in plan.stay_discounts]),
                *(plan.included_guests, plan.extra_guest_fee_minor, plan.cleaning_fee_minor, 10_000),
                policies[plan.company_id, plan.cancellation_policy],
            )
            for plan_id, plan in zip(ids, chosen, strict=True)
        ]
        tax_rows = [
            (plan_id, taxes[plan.company_id, code])
            for plan_id, plan in zip(ids, chosen, strict=True)
            for code in plan.taxes
        ]
    except KeyError as unknown:
        raise BadInput(f"The company has no such policy or tax: {unknown.args[0][1]}.") from None
    with transaction.atomic():
        copy_rows(RatePlan, _RATE_PLAN, plan_rows)
        copy_rows(RatePlan.taxes.through, ("rateplan_id", "tax_id"), tax_rows)
        if analyse:
            refresh_statistics(RatePlan, RatePlan.taxes.through)
    return len(chosen)


_RATE_PLAN = (
    *("id", "created_at", "updated_at", "company_id", "listing_id", "currency", "base_price_minor", "weekday_prices"),
    *("stay_discounts", "included_guests", "extra_guest_fee_minor", "cleaning_fee_minor", "deposit_basis_points"),
    "cancellation_policy_id",
)


def _known_terms(
    companies: Iterable[UUID],
) -> tuple[Mapping[tuple[UUID, str], UUID], Mapping[tuple[UUID, str], UUID]]:
    policies: dict[tuple[UUID, str], UUID] = {}
    taxes: dict[tuple[UUID, str], UUID] = {}
    for company_id in companies:
        for name, pk in CancellationPolicy.objects.company(company_id).values_list("name", "pk"):
            policies[company_id, name] = pk
        for code, pk in Tax.objects.company(company_id).values_list("code", "pk"):
            taxes[company_id, code] = pk
    return policies, taxes


def _tier_row(tier: Tier) -> dict[str, int]:
    return {"hours_before": tier.hours_before, "basis_points": tier.basis_points}


def _tax_values(tax: TaxToImport) -> dict[str, object]:
    return {
        "label": tax.label,
        "kind": Tax.Kind.PERCENTAGE if tax.basis_points else Tax.Kind.PER_PERSON_NIGHT,
        "basis_points": tax.basis_points,
        "amount_minor": tax.amount_minor,
        "exempt_below_age": tax.exempt_below_age,
        "max_nights": tax.max_nights,
        "on_cleaning": tax.on_cleaning,
    }
