"""Send money back once more after a refund failed."""

from uuid import UUID

from django.db import transaction

from freehold.companies import policies
from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.domain.money import Money
from freehold.finance.services.lock_folio import lock_folio
from freehold.payments.models import Refund
from freehold.payments.selectors import GONE, get_refund
from freehold.payments.services.request_refund import request_refund
from freehold.payments.services.resolve_review import resolve_reviews


def retry_refund(*, actor: Actor, refund_id: UUID) -> Refund:
    """A new refund that pays the debt of the failed one; again is the same one. Raises NotFound, AccessDenied,
    Conflict (`refund_not_failed`, `refund_exceeds_payment`)."""
    failed = get_refund(refund_id)
    policies.require(actor=actor, permission="payments.refund", company_id=failed.company_id)
    with transaction.atomic():
        lock_folio(failed.folio_id)
        failed.refresh_from_db()
        if failed.state not in GONE:
            raise Conflict("This refund has not failed.", code="refund_not_failed")
        refund = request_refund(
            actor=actor,
            payment_id=failed.payment_id,
            amount=Money(failed.amount_minor, failed.currency),
            key=f"retry:{failed.pk}",
            reason=failed.reason,
            replaces=failed,
        )
        resolve_reviews(actor=actor, items=failed.review_items, resolution="The refund was sent once more.")
    return refund
