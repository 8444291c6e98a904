"""Keep what two books say differently, until they agree or somebody has decided."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.ids import uuid7
from freehold.payments.models import Difference, ReviewItem
from freehold.payments.services.open_review import open_review
from freehold.payments.services.resolve_review import resolve_reviews
from freehold.payments.types import Drift
from freehold.ports.payment_gateway import PaymentProvider


def record_differences(
    *, gateway: PaymentProvider, company_id: UUID | None, drifts: Sequence[Drift], since: datetime, until: datetime
) -> None:
    """One row for each; those of this time that are no more are closed. One that somebody has settled stays settled
    as long as both sides stay what they were."""
    mine = Difference.objects.filter(provider=gateway.slug, account=gateway.account)
    seen = {_keep(gateway, company_id, drift).pk for drift in drifts}
    gone = mine.filter(occurred_at__gte=since, occurred_at__lt=until, review__resolved_at=None).exclude(pk__in=seen)
    resolve_reviews(
        actor=Actor.system("compared"),
        items=ReviewItem.objects.filter(pk__in=gone.values("review_id")),
        resolution="The books agree by now.",
    )


def _keep(gateway: PaymentProvider, company_id: UUID | None, drift: Drift) -> Difference:
    whose = drift.payment.company_id if drift.payment is not None else company_id
    name = {
        "provider": gateway.slug,
        "account": gateway.account,
        "kind": drift.kind,
        "provider_id": drift.provider_id[:120],
    }
    said = {**_sides(drift), **_facts(drift), "company_id": whose}
    with transaction.atomic():
        row = Difference.objects.select_for_update(of=("self",), no_key=True).filter(**name).first()
        if row is not None:
            return _again(row, drift, said)
        new_id = uuid7()
        review = _question(new_id, whose, drift)
        # Another process may compare at the same time: the constraint knows one row.
        row, is_new = Difference.objects.get_or_create(**name, defaults={"id": new_id, "review": review, **said})
        if not is_new:
            review.delete()
    return row


def _again(row: Difference, drift: Drift, said: dict[str, object]) -> Difference:
    is_news = any(getattr(row, name) != value for name, value in _sides(drift).items())
    if is_news:
        row.asked_at = row.proposed_at = row.proposed_by = None
        row.reason = ""
    for name, value in said.items():
        setattr(row, name, value)
    was_settled = row.review.resolved_at is not None
    if was_settled and (is_news or row.review.resolved_by_id is None):
        # Not what somebody has looked at, or it was thought to be over.
        row.review = _question(row.pk, row.company_id, drift)
    row.save()
    return row


def _sides(drift: Drift) -> dict[str, object]:
    theirs, ours = drift.theirs, drift.ours
    known = theirs or ours
    assert known is not None  # a difference has one side at least
    return {
        "currency": known.currency,
        "theirs_minor": None if theirs is None else theirs.minor,
        "ours_minor": None if ours is None else ours.minor,
        "ours_currency": "" if ours is None else ours.currency,
    }


def _facts(drift: Drift) -> dict[str, object]:
    return {
        "payment": drift.payment,
        "refund": drift.refund,
        "related_id": drift.related_id[:120],
        "occurred_at": drift.occurred_at,
    }


def _question(difference_id: UUID, company_id: UUID | None, drift: Drift) -> ReviewItem:
    key = f"drift:{difference_id}:"
    return open_review(
        kind=ReviewItem.Kind.DRIFT,
        key=f"{key}{ReviewItem.objects.filter(key__startswith=key).count()}",
        detail=f"{drift.kind} {drift.provider_id}: the provider's books say {drift.theirs or 'nothing'}, "
        f"ours say {drift.ours or 'nothing'}.",
        company_id=company_id,
        amount=drift.theirs or drift.ours,
        payment=drift.payment,
    )
