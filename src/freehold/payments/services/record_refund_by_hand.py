"""Somebody sent money back by hand, where no provider can be told to: a transfer, or cash."""

from uuid import UUID

from django.db import transaction

from freehold.companies import policies
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.domain.money import Money
from freehold.domain.payment_states import RefundState
from freehold.finance.services.lock_folio import lock_folio
from freehold.payments.models import Refund, ReviewItem
from freehold.payments.selectors import get_refund
from freehold.payments.services.apply_refund_snapshot import apply_refund_snapshot
from freehold.payments.services.resolve_review import resolve_reviews
from freehold.ports.payment_gateway import RefundSnapshot

OPEN = (RefundState.CREATED, RefundState.UNKNOWN)


def record_refund_by_hand(*, actor: Actor, refund_id: UUID, reference: str) -> Refund:
    """`reference` says how it can be found again: a transfer's number, a receipt. Recording it again changes nothing.

    Raises NotFound, AccessDenied, BadInput for an empty reference, Conflict `not_by_hand` for a refund that a provider
    was told of.
    """
    refund = get_refund(refund_id)
    policies.require(actor=actor, permission="payments.refund", company_id=refund.company_id)
    if not reference.strip():
        raise BadInput("Say how this can be found again.", code="required", attr="reference")
    with transaction.atomic():
        lock_folio(refund.folio_id)
        refund.refresh_from_db()
        items = refund.review_items.filter(kind=ReviewItem.Kind.REFUND_BY_HAND)
        if refund.state == RefundState.SUCCEEDED and items.exists():
            return refund
        if refund.state not in OPEN or not items.exists():
            raise Conflict("The provider makes this refund itself.", code="not_by_hand")
        amount = Money(refund.amount_minor, refund.currency)
        snapshot = RefundSnapshot(f"hand-{refund.pk}", RefundState.SUCCEEDED, amount)
        apply_refund_snapshot(refund_id=refund.pk, snapshot=snapshot, source="call")
        resolve_reviews(actor=actor, items=items, resolution=f"Sent by hand: {reference.strip()}")
    return get_refund(refund_id)
