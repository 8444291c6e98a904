"""Close an attempt at its gateway, so that nobody pays there any more. What was paid already counts."""

from uuid import UUID

from freehold.core import clock
from freehold.domain.payment_states import PaymentState
from freehold.payments.accounts import gateway_of
from freehold.payments.gateways import call, reference_of
from freehold.payments.models import Payment
from freehold.payments.selectors import get_payment, what_we_know
from freehold.payments.services.apply_snapshot import apply_snapshot
from freehold.payments.services.end_attempt import end_attempt
from freehold.payments.services.open_at_gateway import report_misconfigured
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.ports.payment_gateway import Declined, Misconfigured


def close_payment(*, payment_id: UUID) -> Payment:
    """Closes an attempt; one that the gateway cannot close any more comes back as what it is, even `paid`.

    An attempt may be closed here before its gateway has heard of it; whoever opens it there finds it closed and asks
    for this once more. Raises Retryable and Unknown: closing again is safe.
    """
    payment = get_payment(payment_id)
    if payment.state == PaymentState.PAID or not _let_go(payment):
        return payment
    if not payment.object_id:
        return end_attempt(payment_id=payment_id, state=PaymentState.CANCELLED)
    try:
        gateway = gateway_of(payment)
        if not gateway.caps.cancel:
            return end_attempt(payment_id=payment_id, state=PaymentState.CANCELLED)
        asked = what_we_know(payment)
        snapshot = call(gateway.cancel_payment, reference_of(payment), f"close:{payment_id}")
    except Declined:
        return refresh_payment(payment_id=payment_id)
    except Misconfigured as error:
        report_misconfigured(payment, error)
        return end_attempt(payment_id=payment_id, state=PaymentState.CANCELLED)
    return apply_snapshot(payment_id=payment_id, snapshot=snapshot, source="call", asked=asked).payment


def _let_go(payment: Payment) -> bool:
    """Of held money either a capture is decided, or that it is let go: what comes first. True unless the former."""
    if payment.capture != Payment.Capture.MANUAL or payment.let_go_at is not None:
        return True
    mine = Payment.objects.company(payment.company_id).filter(pk=payment.pk, capture_minor=None)
    return bool(mine.update(let_go_at=clock.now(), updated_at=clock.now()))
