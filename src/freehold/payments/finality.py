"""When a gateway's silence is its last word: providers differ, and the payer does not wait for ever."""

from datetime import datetime, timedelta

from freehold.core.actor import Actor
from freehold.domain.money import Money
from freehold.domain.payment_states import UNSETTLED, PaymentState
from freehold.payments.accounts import gateway_of
from freehold.payments.models import Payment, ReviewItem
from freehold.payments.services.open_review import open_review
from freehold.payments.services.resolve_review import resolve_reviews
from freehold.ports.payment_gateway import Capabilities, Misconfigured, PaymentSnapshot


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


def review_unnamed(payment: Payment, caps: Capabilities, *, asked_again: bool) -> ReviewItem | None:
    """A telephone that rang although the answer was lost may have been paid at, and only a message can tell. A person
    looks when nobody waits for that message any more: the payer is asked anew, or the attempt is over."""
    if not caps.rings_unnamed:
        return None
    what = "and was asked again" if asked_again else "and the attempt is over"
    return open_review(
        kind=ReviewItem.Kind.NO_ANSWER,
        # What is asked again has two objects: the answer about one tells nothing of the other.
        key=f"unnamed:{payment.pk}" if asked_again else no_answer_key(payment),
        detail=f"The provider never told whether it asked the payer on the telephone, {what}. Look in its books for "
        f"money named {payment.request.get('reference', '')} that is not recorded here.",
        company_id=payment.company_id,
        amount=Money(payment.amount_minor, payment.currency),
        payment=payment,
    )


def no_answer_key(payment: Payment) -> str:
    return f"no_answer:{payment.pk}"


def close_answered(payment: Payment, snapshot: PaymentSnapshot) -> None:
    """The gateway has answered after all: nobody has to ask there any more."""
    if snapshot.state in UNSETTLED or snapshot.state is PaymentState.AUTHORIZED:
        return
    resolve_reviews(
        actor=Actor.system("answered"),
        items=ReviewItem.objects.filter(key=no_answer_key(payment)),
        resolution=f"The provider has answered: {snapshot.state.value}.",
    )
