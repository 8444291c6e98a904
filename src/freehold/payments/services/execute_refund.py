"""Tell the gateway to give money back: once, however often this runs.

The key is the refund's own, so that a call whose answer was lost is repeated, not doubled. Gateways forget keys after
a day: a refund that is still without an answer then is for a person, never for another call. What the payer's bank
disputes is not sent: it might be paid twice.
"""

from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F

from freehold.core import clock
from freehold.domain.money import Money
from freehold.domain.payment_states import RefundState
from freehold.finance.services.lock_folio import lock_folio
from freehold.payments.accounts import gateway_of
from freehold.payments.gateways import call, reference_of
from freehold.payments.models import Refund, ReviewItem
from freehold.payments.schedule import KEY_IS_SAFE_FOR, next_refund_look
from freehold.payments.selectors import get_refund, payment_for_update, refund_for_update
from freehold.payments.services.apply_refund_snapshot import apply_refund_snapshot
from freehold.payments.services.hold_refund import hold_if_disputed
from freehold.payments.services.open_at_gateway import report_misconfigured
from freehold.payments.services.open_review import open_review
from freehold.ports.payment_gateway import (
    Declined,
    Misconfigured,
    ProviderError,
    RefundRequest,
    RefundSnapshot,
    Retryable,
    Unknown,
)

log = structlog.get_logger(__name__)

NOT_ANSWERED = (RefundState.CREATED, RefundState.UNKNOWN)


def execute_refund(*, refund_id: UUID) -> Refund:
    """Calls the gateway unless it has answered already, or a bank disputes the money. Raises ProviderError when there
    is no answer: try again."""
    refund = get_refund(refund_id)
    if refund.provider_id or refund.state not in NOT_ANSWERED:
        return refund
    if _is_by_hand(refund):
        _ask_a_person(refund)
        return refund
    if refund.called_at is not None and clock.now() > refund.called_at + KEY_IS_SAFE_FOR:
        _hand_over(refund)
        return refund
    first_call = _mark_called(refund)
    if first_call is None:
        return get_refund(refund_id)
    try:
        snapshot = call(gateway_of(refund.payment).refund, _request(refund, repeated=not first_call))
    except Declined as error:
        snapshot = RefundSnapshot(None, RefundState.FAILED, None, error_code=error.code)
    except ProviderError as error:
        _no_answer(refund, error, first_call=first_call)
        raise
    return apply_refund_snapshot(refund_id=refund_id, snapshot=snapshot, source="call").refund


def _is_by_hand(refund: Refund) -> bool:
    try:
        return gateway_of(refund.payment).caps.refund_by_hand
    except Misconfigured:
        return False


def _ask_a_person(refund: Refund) -> None:
    amount = Money(refund.amount_minor, refund.currency)
    open_review(
        kind=ReviewItem.Kind.REFUND_BY_HAND,
        key=f"by_hand:{refund.pk}",
        detail=f"Send {amount} back by hand, and record it: {refund.reason}",
        company_id=refund.company_id,
        amount=amount,
        payment=refund.payment,
        refund=refund,
    )
    Refund.objects.company(refund.company_id).filter(pk=refund.pk).update(next_fetch_at=None)


def _request(refund: Refund, *, repeated: bool) -> RefundRequest:
    others = Refund.objects.company(refund.company_id).filter(payment_id=refund.payment_id).exclude(pk=refund.pk)
    return RefundRequest(
        refund_id=str(refund.pk),
        ref=reference_of(refund.payment),
        amount=Money(refund.amount_minor, refund.currency),
        reason=refund.reason,
        repeated=repeated,
        known=frozenset(others.exclude(provider_id="").values_list("provider_id", flat=True)),
    )


def _mark_called(refund: Refund) -> bool | None:
    """Commits, before the call, that the gateway may know of the refund. True for the first call; None when it is
    not to be called. The folio is locked, so that a dispute comes either before this or after it."""
    with transaction.atomic():
        lock_folio(refund.folio_id)
        payment = payment_for_update(refund.payment_id)
        row = refund_for_update(refund.pk)
        if row.provider_id or row.state not in NOT_ANSWERED or hold_if_disputed(payment=payment, refund=row):
            return None
        mine = Refund.objects.company(refund.company_id).filter(pk=refund.pk, called_at=None)
        return bool(mine.update(called_at=clock.now()))


def _no_answer(refund: Refund, error: ProviderError, *, first_call: bool) -> None:
    later = next_refund_look(
        state=RefundState(refund.state),
        looks=refund.fetch_count + 1,
        moment=clock.now(),
        requested_at=refund.created_at,
        may_come_back=False,
    )
    changes: dict[str, object] = {"next_fetch_at": later, "fetch_count": F("fetch_count") + 1}
    if isinstance(error, Unknown):
        changes["state"] = RefundState.UNKNOWN
    elif first_call and isinstance(error, Retryable | Misconfigured):
        changes["called_at"] = None  # certainly not executed
    open_one = Refund.objects.company(refund.company_id).filter(pk=refund.pk, state__in=NOT_ANSWERED, provider_id="")
    open_one.update(**changes)
    log.warning("refund_not_answered", refund_id=str(refund.pk), error=type(error).__name__)
    if isinstance(error, Misconfigured):
        report_misconfigured(refund.payment, error)


def _hand_over(refund: Refund) -> None:
    open_review(
        kind=ReviewItem.Kind.NO_ANSWER,
        key=f"no_answer:{refund.pk}",
        detail="The provider never told whether it made this refund. Look for it there before anything else.",
        company_id=refund.company_id,
        amount=Money(refund.amount_minor, refund.currency),
        payment=refund.payment,
        refund=refund,
    )
    Refund.objects.company(refund.company_id).filter(pk=refund.pk).update(next_fetch_at=None)
