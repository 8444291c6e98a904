"""When a gateway's silence is its last word: providers differ, and the payer does not wait for ever."""

from datetime import datetime, timedelta

from freehold.core.actor import Actor
from freehold.domain.payment_states import UNSETTLED, PaymentState
from freehold.payments.accounts import gateway_of
from freehold.payments.models import Payment, ReviewItem
from freehold.payments.services.resolve_review import resolve_reviews
from freehold.ports.payment_gateway import Misconfigured, PaymentSnapshot


def final_at(payment: Payment) -> datetime | None:
    """None where it is not known, and for what is settled."""
    if payment.state not in UNSETTLED:
        return None
    try:
        caps = gateway_of(payment).caps
    except Misconfigured:
        return None
    if caps.final_after_s is None:
        return None
    opened = max(payment.created_at, payment.expires_at) if caps.multi_attempt_object else payment.created_at
    return opened + timedelta(seconds=caps.final_after_s)


def close_answered(payment: Payment, snapshot: PaymentSnapshot) -> None:
    """The gateway has answered after all: nobody has to ask there any more."""
    if snapshot.state in UNSETTLED or snapshot.state is PaymentState.AUTHORIZED:
        return
    resolve_reviews(
        actor=Actor.system("answered"),
        items=ReviewItem.objects.filter(payment=payment, refund=None, kind=ReviewItem.Kind.NO_ANSWER),
        resolution=f"The provider has answered: {snapshot.state.value}.",
    )
