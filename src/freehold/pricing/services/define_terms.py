"""The terms that a company's rate plans choose from: taxes and cancellation policies."""

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction

from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.domain.cancellation import CancellationTerms, Tier
from freehold.domain.errors import DomainError
from freehold.domain.pricing import TaxTerms
from freehold.pricing.models import MAX_PRICE_MINOR, CancellationPolicy, Tax


def define_cancellation_policy(
    *, actor: Actor, company_id: UUID, name: str, tiers: Sequence[tuple[int, int]]
) -> CancellationPolicy:
    """`tiers` are (hours_before, basis_points). Needs `pricing.edit`.

    Raises BadInput for tiers that the pure rules refuse, Conflict `name_taken`.
    """
    require(actor=actor, permission="pricing.edit", company_id=company_id)
    if not 1 <= len(name.strip()) <= 60 or len(tiers) > 20:
        raise BadInput("A name of 1 to 60 characters and at most 20 tiers.", attr="name")
    try:
        terms = CancellationTerms(tuple(Tier(hours, points) for hours, points in tiers), name)
    except DomainError as error:
        raise BadInput(error.detail, code=error.code, attr="tiers") from None
    rows = [{"hours_before": tier.hours_before, "basis_points": tier.basis_points} for tier in terms.tiers]
    try:
        with transaction.atomic():
            return CancellationPolicy.objects.create(company_id=company_id, name=name.strip(), tiers=rows)
    except IntegrityError:
        raise Conflict("The company has a policy of this name.", code="name_taken", attr="name") from None


def define_tax(*, actor: Actor, company_id: UUID, terms: TaxTerms) -> Tax:
    """Needs `pricing.edit`. Raises BadInput for a tax of nothing or too much, Conflict `code_taken`."""
    require(actor=actor, permission="pricing.edit", company_id=company_id)
    is_percentage = terms.kind.value == Tax.Kind.PERCENTAGE
    rate, other = (
        (terms.basis_points, terms.amount_minor) if is_percentage else (terms.amount_minor, terms.basis_points)
    )
    if other or not 1 <= rate <= (10_000 if is_percentage else MAX_PRICE_MINOR):
        detail = "A percentage has basis_points (1 to 10000), an amount per person and night has amount_minor."
        raise BadInput(detail, code="invalid_tax", attr="kind")
    try:
        with transaction.atomic():
            return Tax.objects.create(
                company_id=company_id,
                code=terms.code,
                label=terms.label,
                kind=terms.kind.value,
                basis_points=terms.basis_points,
                amount_minor=terms.amount_minor,
                exempt_below_age=terms.exempt_below_age,
                max_nights=terms.max_nights,
                on_cleaning=terms.on_cleaning,
            )
    except IntegrityError:
        raise Conflict("The company has a tax of this code.", code="code_taken", attr="code") from None
