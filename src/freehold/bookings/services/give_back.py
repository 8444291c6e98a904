"""Refund what a folio's payments received, the latest payment first."""

from freehold.core.actor import Actor
from freehold.domain.money import Money
from freehold.finance.models import Folio
from freehold.finance.services.unsettle import unsettle
from freehold.payments.models import Payment, Refund, ReviewItem
from freehold.payments.selectors import refundable_payments
from freehold.payments.services.open_review import open_review
from freehold.payments.services.request_refund import request_refund


def give_back(*, actor: Actor, folio: Folio, amount: Money, key: str, reason: str) -> list[Refund]:
    """One refund per payment, keyed by the cause; what it had paid for is no longer owed. Needs the folio locked.

    What no payment has left (a part went back at the gateway, say) is put in front of a person.
    """
    rest, refunds = amount, []
    payments = list(refundable_payments(folio_id=folio.pk))
    for payment in payments:
        part = min(rest, _left(payment))
        if not part.minor:
            continue
        refund = request_refund(
            actor=actor, payment_id=payment.pk, amount=part, key=f"{key}:{payment.pk}", reason=reason
        )
        unsettle(folio=folio, refund_id=refund.pk, payment_id=payment.pk, amount=part, write_off=True)
        rest -= part
        refunds.append(refund)
    if rest.minor:
        open_review(
            kind=ReviewItem.Kind.DISAGREEMENT,
            key=f"give_back:{key}",
            detail=f"{amount} is to go back, and the payments of folio {folio.reference} have {rest} too little for "
            f"that. {reason}",
            company_id=folio.company_id,
            amount=rest,
            payment=payments[0] if payments else None,
        )
    return refunds


def _left(payment: Payment) -> Money:
    return Money(payment.received_minor - payment.refunded, payment.currency)  # type: ignore[attr-defined]
