"""Refund what a folio's payments received, the latest payment first."""

from freehold.core.actor import Actor
from freehold.domain.money import Money
from freehold.finance.models import Folio
from freehold.finance.services.unsettle import unsettle
from freehold.payments.models import Payment
from freehold.payments.selectors import refundable_payments
from freehold.payments.services.request_refund import request_refund


def give_back(*, actor: Actor, folio: Folio, amount: Money, key: str, reason: str) -> None:
    """One refund per payment, keyed by the cause; what it had paid for is no longer owed. Needs the folio locked."""
    rest = amount
    for payment in refundable_payments(folio_id=folio.pk):
        part = min(rest, _left(payment))
        if not part.minor:
            continue
        refund = request_refund(
            actor=actor, payment_id=payment.pk, amount=part, key=f"{key}:{payment.pk}", reason=reason
        )
        unsettle(folio=folio, refund_id=refund.pk, payment_id=payment.pk, amount=part, write_off=True)
        rest -= part


def _left(payment: Payment) -> Money:
    return Money(payment.received_minor - payment.refunded, payment.currency)  # type: ignore[attr-defined]
