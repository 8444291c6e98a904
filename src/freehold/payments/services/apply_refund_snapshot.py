"""Bring a refund up to what its gateway says. A refund that succeeded may still come back, days later."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import transaction

from freehold.core import clock
from freehold.core.events import announce
from freehold.domain import ledger
from freehold.domain.money import Money
from freehold.domain.payment_states import RefundState, next_refund_state
from freehold.finance.models import Folio
from freehold.finance.services.lock_folio import lock_folio
from freehold.finance.services.post_entry import post_entry
from freehold.payments import by_hand
from freehold.payments.accounts import gateway_of
from freehold.payments.events import RefundSettled
from freehold.payments.models import Payment, Refund, ReviewItem
from freehold.payments.schedule import next_refund_look
from freehold.payments.selectors import GONE, get_refund, payment_for_update, refund_for_update
from freehold.payments.services.open_review import open_review
from freehold.payments.types import Source
from freehold.ports.payment_gateway import Misconfigured, RefundSnapshot, Unknown

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AppliedRefund:
    refund: Refund
    review: ReviewItem | None


def apply_refund_snapshot(*, refund_id: UUID, snapshot: RefundSnapshot, source: Source) -> AppliedRefund:
    """Applies one snapshot, in any order, any number of times. Another amount than asked is for a person.

    Raises Unknown for a snapshot of another refund: the answer to this one is still to come.
    """
    folio_id = get_refund(refund_id).folio_id
    with transaction.atomic():
        folio = lock_folio(folio_id)
        refund = _lock(refund_id)
        amount = Money(refund.amount_minor, refund.currency)
        _refuse_anothers(refund, snapshot)
        if snapshot.amount is not None and snapshot.amount != amount:
            return AppliedRefund(refund, _other_amount(refund, snapshot))
        before = RefundState(refund.state)
        refund.provider_id = snapshot.provider_id or refund.provider_id
        refund.error_code = (snapshot.error_code or refund.error_code)[:60]
        refund.state = next_refund_state(before, snapshot.state)
        _plan_next_look(refund, changed=refund.state != before, fetched=source == "fetch")
        if refund.state == RefundState.SUCCEEDED and before is not RefundState.SUCCEEDED:
            refund.succeeded_at = clock.now()
        refund.save()
        review = _follow(folio, refund, amount, before) if refund.state != before else None
    log.info(
        "refund_snapshot_applied", refund_id=str(refund.pk), source=source, before=before.value, after=str(refund.state)
    )
    return AppliedRefund(refund, review)


def _refuse_anothers(refund: Refund, snapshot: RefundSnapshot) -> None:
    """Gateways without keys are asked which refunds they made: two calls at once may both come upon the same one."""
    others = Refund.objects.company(refund.company_id).filter(payment_id=refund.payment_id).exclude(pk=refund.pk)
    if snapshot.provider_id and others.filter(provider_id=snapshot.provider_id).exists():
        raise Unknown("the gateway told of another refund than this one", code="another_refund")


def _lock(refund_id: UUID) -> Refund:
    payment = payment_for_update(get_refund(refund_id).payment_id)
    refund = refund_for_update(refund_id)
    refund.payment = payment
    return refund


def _follow(folio: Folio, refund: Refund, amount: Money, before: RefundState) -> ReviewItem | None:
    """Ledger, listeners and, when it failed, a person."""
    moment, kept_in = clock.now(), by_hand.kept_in(refund.payment.provider)
    if refund.state == RefundState.SUCCEEDED:
        entry = ledger.refund_paid(amount, out_of=kept_in)
        post_entry(folio=folio, key=f"refund_paid:{refund.pk}", entry=entry, occurred_at=moment)
        announce(RefundSettled(refund_id=refund.pk, folio_id=folio.pk, succeeded=True))
        return None
    if refund.state not in GONE:
        return None
    if before is RefundState.SUCCEEDED:
        entry = ledger.refund_failed(amount, back_to=kept_in)
        post_entry(folio=folio, key=f"refund_failed:{refund.pk}", entry=entry, occurred_at=moment)
    announce(RefundSettled(refund_id=refund.pk, folio_id=folio.pk, succeeded=False))
    came_back = "came back after it was reported paid" if before is RefundState.SUCCEEDED else "failed"
    return open_review(
        kind=ReviewItem.Kind.REFUND_FAILED,
        key=f"refund_failed:{refund.pk}",
        detail=f"A refund of {amount} {came_back} ({refund.error_code or 'no reason given'}). It is still owed.",
        company_id=refund.company_id,
        amount=amount,
        payment=refund.payment,
        refund=refund,
    )


def _other_amount(refund: Refund, snapshot: RefundSnapshot) -> ReviewItem:
    return open_review(
        kind=ReviewItem.Kind.DISAGREEMENT,
        key=f"refund_amount:{refund.pk}",
        detail=f"The provider refunded {snapshot.amount}, we asked for {refund.amount_minor} minor units.",
        company_id=refund.company_id,
        amount=snapshot.amount,
        payment=refund.payment,
        refund=refund,
    )


def _plan_next_look(refund: Refund, *, changed: bool, fetched: bool) -> None:
    if not changed and not fetched:
        return
    refund.fetch_count = 0 if changed else refund.fetch_count + 1
    refund.next_fetch_at = next_refund_look(
        state=RefundState(refund.state),
        looks=refund.fetch_count,
        moment=clock.now(),
        requested_at=refund.created_at,
        may_come_back=_may_come_back(refund.payment),
    )


def _may_come_back(payment: Payment) -> bool:
    try:
        return gateway_of(payment).caps.refund_is_async
    except Misconfigured:
        return False
