"""Send back money that confirmed nothing: too little of it, or not what was asked."""

from uuid import UUID

from django.db import transaction

from freehold.companies import policies
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, NotFound
from freehold.domain.money import Money
from freehold.finance.services.lock_folio import lock_folio
from freehold.payments.models import Refund, ReviewItem
from freehold.payments.selectors import get_payment, refunded_minor
from freehold.payments.services.request_refund import request_refund
from freehold.payments.services.resolve_review import resolve_review


def refund_reviewed(*, actor: Actor, item_id: UUID) -> Refund:
    """Refunds what the payment of an `amount_mismatch` item still holds, and closes the item.

    Raises NotFound, AccessDenied, Conflict (`nothing_held`) when its money went on to the folio or back already.
    """
    item = ReviewItem.objects.filter(pk=item_id, kind=ReviewItem.Kind.AMOUNT_MISMATCH).first()
    if item is None or item.payment_id is None or item.company_id is None:
        raise NotFound
    policies.require(actor=actor, permission="payments.refund", company_id=item.company_id)
    folio_id = get_payment(item.payment_id).folio_id
    with transaction.atomic():
        lock_folio(folio_id)
        payment = get_payment(item.payment_id)
        held = Money(payment.received_minor - refunded_minor(payment), payment.currency)
        if payment.announced_minor or not held.is_positive:
            raise Conflict("Nothing of this payment is held back.", code="nothing_held")
        refund = request_refund(
            actor=actor,
            payment_id=payment.pk,
            amount=held,
            key=f"review:{item.pk}",
            reason="The amount that arrived was not what was asked.",
        )
        resolve_review(actor=actor, item_id=item.pk, resolution=f"{held} was sent back.")
    return refund
