"""A refund that waited for a dispute ends: the payer's bank has given the money back instead of us."""

from uuid import UUID

from django.db import transaction

from freehold.companies import policies
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.core.events import announce
from freehold.domain import ledger
from freehold.domain.money import Money
from freehold.domain.payment_states import DisputeState, RefundState
from freehold.finance.models import Folio
from freehold.finance.services.lock_folio import lock_folio
from freehold.finance.services.post_entry import post_entry
from freehold.payments.events import RefundRequested
from freehold.payments.models import Payment, Refund, ReviewItem
from freehold.payments.schedule import first_look
from freehold.payments.selectors import charged_back_minor, get_refund, payment_for_update, refund_for_update
from freehold.payments.services.hold_refund import OPEN, WAITS
from freehold.payments.services.open_review import open_review
from freehold.payments.services.resolve_review import resolve_reviews


def end_charged_back(*, actor: Actor, refund_id: UUID) -> Refund:
    """Ends a refund as far as lost disputes have paid it; what they have not is sent as a refund of its own.

    Again is the same. Raises NotFound, AccessDenied, Conflict: `dispute_open` until one is lost, `not_waiting` for a
    refund that does not wait, `refund_may_be_sent` for one that the provider was told of.
    """
    refund = get_refund(refund_id)
    policies.require(actor=actor, permission="payments.refund", company_id=refund.company_id)
    with transaction.atomic():
        folio = lock_folio(refund.folio_id)
        payment = payment_for_update(refund.payment_id)
        refund = refund_for_update(refund_id)
        if refund.state == RefundState.CHARGED_BACK:
            return refund
        if refund.state not in OPEN or refund.error_code != WAITS:
            raise Conflict("This refund does not wait for a dispute.", code="not_waiting")
        if refund.called_at is not None:
            raise Conflict(
                "The provider was told of this refund before the dispute. Look for it there first.",
                code="refund_may_be_sent",
            )
        covered = _covered(payment)
        if covered <= 0:
            raise Conflict("No dispute of this payment is lost: it may still be won.", code="dispute_open")
        _split(actor, refund, covered)
        _end(folio, refund)
        resolve_reviews(
            actor=actor,
            items=refund.review_items.filter(key=f"refund_held:{refund.pk}"),
            resolution="The payer's bank has given the money back.",
        )
    return refund


def undo_charged_back(*, payment: Payment, folio: Folio) -> None:
    """A dispute was won after all: what it is said to have paid back is owed again. Needs the folio locked, and the
    dispute saved."""
    ended = Refund.objects.company(payment.company_id).filter(payment=payment, state=RefundState.CHARGED_BACK)
    for refund in ended.order_by("-created_at", "-id"):
        if _covered(payment) >= 0:
            return
        amount = Money(refund.amount_minor, refund.currency)
        refund.state = RefundState.FAILED
        refund.save(update_fields=["state", "updated_at"])
        entry = ledger.chargeback_undone(amount)
        post_entry(folio=folio, key=f"chargeback_undone:{refund.pk}", entry=entry, occurred_at=clock.now())
        open_review(
            kind=ReviewItem.Kind.REFUND_FAILED,
            key=f"refund_failed:{refund.pk}",
            detail=f"The dispute was won after all: the refund of {amount} did not go by way of the bank. It is owed.",
            company_id=payment.company_id,
            amount=amount,
            payment=payment,
            refund=refund,
        )


def _covered(payment: Payment) -> int:
    """What lost disputes gave back and no refund was ended with yet; below zero when one was won since."""
    ended = Refund.objects.company(payment.company_id).filter(payment=payment, state=RefundState.CHARGED_BACK)
    lost = charged_back_minor(payment, states=(DisputeState.LOST,))
    return lost - sum(ended.values_list("amount_minor", flat=True))


def _split(actor: Actor, refund: Refund, covered: int) -> None:
    """The bank gave back a part: the rest of the debt is a refund of its own, which leaves as any other."""
    rest = refund.amount_minor - covered
    if rest <= 0:
        return
    refund.amount_minor = covered
    refund.save(update_fields=["amount_minor", "updated_at"])
    new = Refund.objects.create(
        company_id=refund.company_id,
        payment_id=refund.payment_id,
        folio_id=refund.folio_id,
        key=f"{refund.key[:110]}:rest",
        currency=refund.currency,
        amount_minor=rest,
        reason=refund.reason,
        requested_by_id=actor.user_id,
        next_fetch_at=first_look(clock.now()),
    )
    announce(RefundRequested(refund_id=new.pk))


def _end(folio: Folio, refund: Refund) -> None:
    refund.state = RefundState.CHARGED_BACK
    refund.error_code = ""
    refund.next_fetch_at = None
    refund.save(update_fields=["state", "error_code", "next_fetch_at", "updated_at"])
    entry = ledger.charged_back(Money(refund.amount_minor, refund.currency))
    post_entry(folio=folio, key=f"charged_back:{refund.pk}", entry=entry, occurred_at=clock.now())
