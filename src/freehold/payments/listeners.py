"""What payments do when something was announced; `config/wiring.py` connects them. All through the outbox."""

from freehold.payments.events import GatewayEventStored, PaymentCloseRequested, RefundRequested
from freehold.payments.services.apply_event import apply_event
from freehold.payments.services.close_payment import close_payment
from freehold.payments.services.execute_refund import execute_refund


def read_stored_event(event: GatewayEventStored) -> None:
    apply_event(event_id=event.event_id)


def close_unwanted_attempt(event: PaymentCloseRequested) -> None:
    close_payment(payment_id=event.payment_id)


def send_refund(event: RefundRequested) -> None:
    execute_refund(refund_id=event.refund_id)
