"""What a listing costs from now on. Quotes and bookings keep the price that they were promised."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import BadInput, ErrorItem
from freehold.domain.capturing import CaptureWhen
from freehold.domain.deposits import MOST_DAYS
from freehold.domain.errors import DomainError
from freehold.domain.pricing import RatePlanTerms, StayDiscount
from freehold.pricing.models import MAX_PRICE_MINOR, CancellationPolicy, RatePlan, Tax
from freehold.properties.access import permitted
from freehold.properties.models import Listing

CAPTURES = frozenset(each.value for each in CaptureWhen)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatePlanFacts:
    """Amounts are minor units of the listing's currency. `weekday_prices` are seven, Monday first, None: base price.

    `stay_discounts` are (min_nights, basis_points). `basis` is what the base price buys; None: what the listing's mode
    is usually sold by. Raises BadInput naming every wrong field.
    """

    base_price_minor: int
    cancellation_policy_id: UUID
    weekday_prices: tuple[int | None, ...] | None = None
    stay_discounts: tuple[tuple[int, int], ...] = ()
    included_guests: int = 1
    extra_guest_fee_minor: int = 0
    cleaning_fee_minor: int = 0
    deposit_basis_points: int = 10_000
    tax_ids: tuple[UUID, ...] = ()
    basis: str | None = None
    damage_deposit_minor: int = 0
    damage_deposit_ask_days: int = 1
    damage_deposit_return_days: int = 7
    capture: str = CaptureWhen.AT_ONCE

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise BadInput.of(problems)

    def _problems(self) -> Iterator[ErrorItem]:
        for name in ("base_price_minor", "extra_guest_fee_minor", "cleaning_fee_minor", "damage_deposit_minor"):
            if not 0 <= getattr(self, name) <= MAX_PRICE_MINOR:
                yield ErrorItem("invalid", f"From 0 to {MAX_PRICE_MINOR}.", name)
        for name in ("damage_deposit_ask_days", "damage_deposit_return_days"):
            if not 0 <= getattr(self, name) <= MOST_DAYS:
                yield ErrorItem("invalid", f"From 0 to {MOST_DAYS}.", name)
        if self.capture not in CAPTURES:
            yield ErrorItem("invalid", f"One of {', '.join(sorted(CAPTURES))}.", "capture")
        prices = self.weekday_prices
        if prices is not None and (
            len(prices) != 7 or any(price is not None and not 0 <= price <= MAX_PRICE_MINOR for price in prices)
        ):
            yield ErrorItem("invalid", "Seven prices, Monday first, or null for the base price.", "weekday_prices")
        if not 1 <= self.included_guests <= 1000:
            yield ErrorItem("invalid", "From 1 to 1000.", "included_guests")
        if not 1 <= self.deposit_basis_points <= 10_000:
            yield ErrorItem("invalid", "From 1 to 10000.", "deposit_basis_points")
        if any(not 1 <= min_nights <= 365 for min_nights, _ in self.stay_discounts):
            yield ErrorItem("invalid", "A discount begins at 1 to 365 nights.", "stay_discounts")


def set_rate_plan(*, actor: Actor, listing_id: UUID, facts: RatePlanFacts) -> RatePlan:
    """Makes or replaces the listing's plan; its price overrides stay. Needs `pricing.edit`.

    Raises BadInput for a policy or tax of another company and for terms that the pure rules refuse.
    """
    with transaction.atomic():
        listing = permitted(actor=actor, model=Listing, pk=listing_id, permission="pricing.edit", lock=True)
        plan = RatePlan.objects.company(listing.company_id).filter(listing=listing).first()
        plan = checked_plan(listing, facts, KnownTerms.of(listing.company_id), plan)
        plan.save()
        plan.taxes.set(Tax.objects.company(listing.company_id).filter(pk__in=facts.tax_ids))
    return plan


@dataclass(frozen=True, slots=True)
class KnownTerms:
    """The ids of what a company's plans may refer to."""

    policies: frozenset[UUID]
    taxes: frozenset[UUID]

    @classmethod
    def of(cls, company_id: UUID) -> "KnownTerms":
        return cls(
            frozenset(CancellationPolicy.objects.company(company_id).values_list("pk", flat=True)),
            frozenset(Tax.objects.company(company_id).values_list("pk", flat=True)),
        )


def checked_plan(listing: Listing, facts: RatePlanFacts, known: KnownTerms, plan: RatePlan | None = None) -> RatePlan:
    """`plan` (none: a new one) as the facts want it, and not saved; `known` are the terms of the listing's company.

    Raises as `set_rate_plan` does.
    """
    _check(listing, facts, known)
    if not known.taxes.issuperset(facts.tax_ids):
        raise BadInput("The company has no such tax.", code="unknown_tax", attr="tax_ids")
    plan = plan or RatePlan(company_id=listing.company_id, listing=listing, currency=listing.currency)
    for name in _COLUMNS:
        setattr(plan, name, getattr(facts, name))
    plan.weekday_prices = None if facts.weekday_prices is None else list(facts.weekday_prices)
    plan.stay_discounts = [
        {"min_nights": min_nights, "basis_points": points} for min_nights, points in facts.stay_discounts
    ]
    plan.basis = facts.basis or bases_of(listing)[0]
    return plan


def facts_of_plan(plan: RatePlan) -> RatePlanFacts:
    """What the plan says now: the start of a change."""
    return RatePlanFacts(
        **{name: getattr(plan, name) for name in _COLUMNS},
        basis=plan.basis,
        weekday_prices=None if plan.weekday_prices is None else tuple(plan.weekday_prices),
        stay_discounts=tuple((tier["min_nights"], tier["basis_points"]) for tier in plan.stay_discounts),
        tax_ids=tuple(tax.pk for tax in plan.taxes.all()),
    )


def bases_of(listing: Listing) -> tuple[str, ...]:
    """What the base price of such a listing may buy, the usual first. Leases and sales have no such price."""
    return _BASES.get(Listing.Mode(listing.mode), (RatePlan.Basis.FLAT,))


_BASES: dict[Listing.Mode, tuple[str, ...]] = {
    Listing.Mode.STAY: (RatePlan.Basis.NIGHT,),
    Listing.Mode.SLOT: (RatePlan.Basis.HOUR, RatePlan.Basis.SLOT),
    Listing.Mode.EXCLUSIVE: (RatePlan.Basis.FLAT,),
}

_COLUMNS = (
    "base_price_minor",
    "cancellation_policy_id",
    "included_guests",
    "extra_guest_fee_minor",
    "cleaning_fee_minor",
    "deposit_basis_points",
    "damage_deposit_minor",
    "damage_deposit_ask_days",
    "damage_deposit_return_days",
    "capture",
)


def _check(listing: Listing, facts: RatePlanFacts, known: KnownTerms) -> None:
    bases = bases_of(listing)
    if facts.basis is not None and facts.basis not in bases:
        raise BadInput(f"This listing is priced by {' or '.join(bases)}.", code="wrong_basis", attr="basis")
    if facts.stay_discounts and RatePlan.Basis.NIGHT not in bases:
        raise BadInput("Only stays have discounts by length.", code="wrong_basis", attr="stay_discounts")
    if facts.cancellation_policy_id not in known.policies:
        raise BadInput("The company has no such policy.", code="unknown_policy", attr="cancellation_policy_id")
    try:
        discounts = tuple(StayDiscount(min_nights, points) for min_nights, points in facts.stay_discounts)
        RatePlanTerms(listing.currency, facts.base_price_minor, stay_discounts=discounts)
    except DomainError as error:
        raise BadInput(error.detail, code=error.code, attr="stay_discounts") from None
