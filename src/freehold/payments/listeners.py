"""What payments do when something was announced; `config/wiring.py` connects them. All through the outbox.

A gateway that does not answer is tried again quickly, by the outbox, for a few minutes; after that the reconciler,
which never gives up, is enough.
"""

from datetime import datetime, timedelta

from freehold.core import clock
from freehold.domain.payment_states import PaymentState
from freehold.payments.events import GatewayEventStored, PaymentCloseRequested, RefundRequested
from freehold.payments.selectors import get_refund
from freehold.payments.services.apply_event import apply_event
from freehold.payments.services.close_payment import close_payment
from freehold.payments.services.end_attempt import end_attempt
from freehold.payments.services.execute_refund import execute_refund
from freehold.ports.payment_gateway import ProviderError

QUICK_TRIES_FOR = timedelta(minutes=5)


def read_stored_event(event: GatewayEventStored) -> None:
    apply_event(event_id=event.event_id)


def close_unwanted_attempt(event: PaymentCloseRequested) -> None:
    """Closed here in any case; there as soon as the gateway answers."""
    try:
        close_payment(payment_id=event.payment_id)
    except ProviderError:
        payment = end_attempt(payment_id=event.payment_id, state=PaymentState.CANCELLED)
        if _is_recent(payment.updated_at):
            raise


def send_refund(event: RefundRequested) -> None:
    try:
        execute_refund(refund_id=event.refund_id)
    except ProviderError:
        if _is_recent(get_refund(event.refund_id).created_at):
            raise


def _is_recent(moment: datetime) -> bool:
    return clock.now() - moment < QUICK_TRIES_FOR
