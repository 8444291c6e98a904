"""A refund waits while the payer's bank disputes the money: else it would be given back twice."""

from freehold.core.actor import Actor
from freehold.core.events import announce
from freehold.domain.money import Money
from freehold.domain.payment_states import RefundState, may_leave
from freehold.payments.events import RefundRequested
from freehold.payments.models import Payment, Refund, ReviewItem
from freehold.payments.selectors import disputed_minor, sent_minor
from freehold.payments.services.open_review import open_review
from freehold.payments.services.resolve_review import resolve_reviews

WAITS = "waits_for_dispute"
"""The error code of a refund that waits."""

OPEN = (RefundState.CREATED, RefundState.UNKNOWN)


def hold_if_disputed(*, payment: Payment, refund: Refund) -> bool:
    """Whether it has to wait; then somebody is told, once. Needs folio, payment and refund locked."""
    disputed = disputed_minor(payment)
    gone = sent_minor(payment, but=refund)
    if not disputed or may_leave(refund.amount_minor, received=payment.received_minor, gone=gone, disputed=disputed):
        return False
    amount = Money(refund.amount_minor, refund.currency)
    open_review(
        kind=ReviewItem.Kind.DISPUTE,
        key=f"refund_held:{refund.pk}",
        detail=f"A refund of {amount} waits: the payer's bank disputes this payment. It is sent when the dispute is "
        "won; when it is lost, the bank has given the money back, and the refund ends here.",
        company_id=payment.company_id,
        amount=amount,
        payment=payment,
        refund=refund,
    )
    mine = Refund.objects.company(refund.company_id).filter(pk=refund.pk)
    mine.update(error_code=WAITS, next_fetch_at=None)
    return True


def release_held(*, payment: Payment) -> None:
    """Sends what waited and need not any more. Needs the folio locked, and the dispute saved."""
    waiting = Refund.objects.company(payment.company_id).filter(payment=payment, state__in=OPEN, error_code=WAITS)
    disputed = disputed_minor(payment)
    for refund in waiting.order_by("created_at", "id"):
        gone = sent_minor(payment, but=refund)
        amount = refund.amount_minor
        if not may_leave(amount, received=payment.received_minor, gone=gone, disputed=disputed):
            continue
        waiting.filter(pk=refund.pk).update(error_code="")
        resolve_reviews(
            actor=Actor.system("dispute over"),
            items=refund.review_items.filter(key=f"refund_held:{refund.pk}"),
            resolution="The dispute does not stand in the way any more: it is being sent.",
        )
        announce(RefundRequested(refund_id=refund.pk))
