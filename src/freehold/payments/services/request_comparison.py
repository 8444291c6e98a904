"""Somebody wants the books compared now: queued, and done by the worker."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from freehold.companies import policies
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.core.events import announce
from freehold.payments.accounts import all_gateways
from freehold.payments.events import ComparisonRequested
from freehold.payments.models import Comparison
from freehold.payments.services.compare_ledgers import is_paid_at, last_days

LONGEST = 31
State = Comparison.State


def request_comparison(*, actor: Actor, company_id: UUID, days: int = 2) -> list[Comparison]:
    """Queues the last days of every account at which the company is paid; those that are queued already are not
    queued twice. Raises NotFound, AccessDenied, BadInput for too many days or none."""
    policies.require(actor=actor, permission="payments.review", company_id=company_id)
    if not 1 <= days <= LONGEST:
        raise BadInput(f"Between 1 and {LONGEST} days.", code="out_of_range", attr="days")
    wanted = last_days(days)
    accounts = [
        (gateway.slug, gateway.account, whose)
        for gateway, whose in all_gateways()
        if gateway.caps.ledger and is_paid_at(company_id, whose, gateway.slug, gateway.account)
    ]
    queued = Q()
    for provider, account, _ in accounts:
        queued |= Q(provider=provider, account=account, day__in=wanted)
    with transaction.atomic():
        Comparison.objects.bulk_create(
            [
                Comparison(company_id=whose, provider=provider, account=account, day=day)
                for provider, account, whose in accounts
                for day in wanted
            ],
            ignore_conflicts=True,
        )
        rows = Comparison.objects.filter(queued) if accounts else Comparison.objects.none()
        rows.exclude(state=State.RUNNING).update(
            state=State.QUEUED, requested_by_id=actor.user_id, error="", updated_at=clock.now()
        )
        if accounts:
            announce(ComparisonRequested(company_id=company_id, days=days))
    return list(rows.order_by("-day", "provider", "account"))
