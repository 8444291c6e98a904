"""What the desk shows of comparisons: day by day what agreed, and what still differs with what can be done."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, DateTimeField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce

from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.payments.models import Comparison, Difference, Payment

MOST_DIFFERENCES = 200


@dataclass(frozen=True, slots=True)
class WantedComparisons:
    state: str = ""
    provider: str = ""
    first: date | None = None
    last: date | None = None


def comparisons_of(*, actor: Actor, company_id: UUID | None, wanted: WantedComparisons) -> QuerySet[Comparison]:
    """The latest days first: of the company's own accounts, and of the installation's where it was paid. Without a
    company those of the installation, for its administrators. Raises NotFound, AccessDenied."""
    _check(actor, company_id)
    found = Comparison.objects.filter(_at_accounts_of(company_id)).order_by("-day", "provider", "account", "id")
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.provider:
        found = found.filter(provider=wanted.provider)
    if wanted.first is not None:
        found = found.filter(day__gte=wanted.first)
    if wanted.last is not None:
        found = found.filter(day__lte=wanted.last)
    return found.annotate(open_differences=Coalesce(Subquery(_open_then(company_id)), 0))


def _open_then(company_id: UUID | None) -> Any:
    """How many differences of that account and day the company has to look at."""
    begin = Cast(OuterRef("day"), DateTimeField())
    end = ExpressionWrapper(begin + timedelta(days=1), output_field=DateTimeField())
    mine = Difference.objects.filter(
        company_id=company_id,
        provider=OuterRef("provider"),
        account=OuterRef("account"),
        occurred_at__gte=begin,
        occurred_at__lt=end,
        review__resolved_at=None,
    )
    return mine.order_by().values("account").annotate(count=Count("pk")).values("count")


def differences_of(*, actor: Actor, company_id: UUID | None, is_open: bool | None = True) -> QuerySet[Difference]:
    """The company's; the oldest first. Raises NotFound, AccessDenied."""
    _check(actor, company_id)
    found = Difference.objects.filter(company_id=company_id).select_related(
        "review", "review__resolved_by", "payment", "payment__folio", "refund", "proposed_by"
    )
    if is_open is not None:
        found = found.filter(review__resolved_at__isnull=is_open)
    return found.order_by("occurred_at", "id")


def is_under_way(*, company_id: UUID) -> bool:
    """Whether a comparison that concerns the company is queued or running."""
    busy = (Comparison.State.QUEUED, Comparison.State.RUNNING)
    return Comparison.objects.filter(_at_accounts_of(company_id), state__in=busy).exists()


def _at_accounts_of(company_id: UUID | None) -> Q:
    if company_id is None:
        return Q(company_id=None)
    paid_there = Payment.objects.company(company_id).filter(provider=OuterRef("provider"), account=OuterRef("account"))
    return Q(company_id=company_id) | (Q(company_id=None) & Q(Exists(paid_there)))


def _check(actor: Actor, company_id: UUID | None) -> None:
    if company_id is not None:
        require(actor=actor, permission="payments.review", company_id=company_id)
    elif not actor.is_system and (actor.user is None or not actor.user.is_superuser):
        raise NotFound
