"""How a payment is called: by its provider, or as it was called in the system that it was moved from."""

from freehold.payments import by_hand
from freehold.payments.models import Payment


def provider_name(payment: Payment) -> str:
    """The provider's slug; of what came in elsewhere the name that it had there."""
    if payment.provider != by_hand.ELSEWHERE:
        return payment.provider
    return str(payment.provider_extra.get("provider") or payment.provider)


def object_name(payment: Payment) -> str:
    """The provider's id of it; empty while it has none."""
    if payment.provider != by_hand.ELSEWHERE:
        return payment.object_id
    return payment.object_id or str(payment.provider_extra.get("transaction_id") or "")
