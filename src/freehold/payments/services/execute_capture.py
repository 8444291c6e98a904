"""Tell the gateway to take what it holds: once, however often this runs.

That it is wanted, and how much, was committed before. A call whose answer was lost is found out by asking: what was
taken shows as a charge, and what was not is asked for again under the same key. What was refused, and is decided anew,
has another.
"""

from uuid import UUID

import structlog
from django.db import transaction

from freehold.core import clock
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.payments.accounts import gateway_of
from freehold.payments.gateways import call, reference_of
from freehold.payments.models import Payment, ReviewItem
from freehold.payments.schedule import first_look
from freehold.payments.selectors import get_payment, what_we_know
from freehold.payments.services.apply_snapshot import apply_snapshot
from freehold.payments.services.open_at_gateway import report_misconfigured
from freehold.payments.services.open_review import open_review
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.ports.payment_gateway import Declined, Misconfigured, ProviderError

log = structlog.get_logger(__name__)


def execute_capture(*, payment_id: UUID) -> Payment:
    """Calls the gateway unless it has answered already. Raises ProviderError when there is no answer: try again."""
    payment = get_payment(payment_id)
    if payment.capture_minor is None or payment.state != PaymentState.AUTHORIZED:
        return payment
    asked = what_we_know(payment)
    amount = Money(payment.capture_minor, payment.currency)
    key = _key(payment)
    try:
        snapshot = call(gateway_of(payment).capture_payment, reference_of(payment), amount, key)
    except Declined as error:
        return _refused(payment, error, key=key)
    except ProviderError as error:
        _look_soon(payment)
        if isinstance(error, Misconfigured):
            report_misconfigured(payment, error)
        raise
    return apply_snapshot(payment_id=payment_id, snapshot=snapshot, source="call", asked=asked).payment


def _key(payment: Payment) -> str:
    """One per decision: a provider answers under a key that it knows what it answered before, whatever is asked."""
    refusals = ReviewItem.objects.filter(payment=payment, kind=ReviewItem.Kind.CAPTURE_REFUSED)
    return f"capture:{payment.pk}:{payment.capture_minor}:{refusals.count()}"


def _refused(payment: Payment, error: Declined, *, key: str) -> Payment:
    """What is held may have run out, or been taken: the gateway says. If it still holds it, a person decides again."""
    now = refresh_payment(payment_id=payment.pk)
    if now.state != PaymentState.AUTHORIZED:
        return now
    amount = Money(payment.amount_minor, payment.currency)
    with transaction.atomic():
        open_review(
            kind=ReviewItem.Kind.CAPTURE_REFUSED,
            key=key,
            detail=f"The provider {payment.provider} holds {amount} and refuses to take it: {error.code or 'no code'}.",
            company_id=payment.company_id,
            amount=amount,
            payment=payment,
        )
        mine = Payment.objects.company(payment.company_id).filter(pk=payment.pk, state=PaymentState.AUTHORIZED)
        mine.update(capture_minor=None, updated_at=clock.now())
    return get_payment(payment.pk)


def _look_soon(payment: Payment) -> None:
    Payment.objects.company(payment.company_id).filter(pk=payment.pk, state=PaymentState.AUTHORIZED).update(
        next_fetch_at=first_look(clock.now())
    )
    log.warning("capture_not_answered", payment_id=str(payment.pk), provider=payment.provider)
