"""What a snapshot says of money that a bank holds for us, and what follows from it. Parts of `apply_snapshot`."""

from datetime import timedelta

from freehold.core import clock
from freehold.core.events import announce
from freehold.domain.payment_states import PaymentState, next_state
from freehold.payments.accounts import gateway_of
from freehold.payments.events import CaptureRequested, PaymentAuthorized
from freehold.payments.models import Payment
from freehold.payments.types import Source
from freehold.ports.payment_gateway import AUTHORIZATION_DAYS, Misconfigured, PaymentSnapshot

HELD = PaymentState.AUTHORIZED


def believed_state(payment: Payment, snapshot: PaymentSnapshot) -> PaymentState:
    """What the snapshot makes of the payment. What was let go here is not held again because the gateway is slower."""
    current = PaymentState(payment.state)
    if snapshot.state is HELD and payment.let_go_at is not None and current is not HELD:
        return current
    return next_state(current, snapshot.state)


def is_unwanted(payment: Payment, snapshot: PaymentSnapshot) -> bool:
    """Held at the gateway although it was closed here: it is to be closed there, too."""
    return snapshot.state is HELD and payment.let_go_at is not None and payment.state != HELD


def is_held(payment: Payment) -> bool:
    """Held, and nobody takes it yet: that may last for days."""
    by_hand = payment.capture == Payment.Capture.MANUAL
    return by_hand and payment.state == HELD and payment.capture_minor is None


def note_authorization(payment: Payment, snapshot: PaymentSnapshot, *, state: PaymentState) -> None:
    """Since when and until when the bank holds it; some providers tell the end only when asked."""
    if state is not HELD or payment.capture != Payment.Capture.MANUAL:
        return
    if payment.authorized_at is None:
        payment.authorized_at = clock.now()
    usual = payment.authorized_at + timedelta(days=_days(payment))
    payment.authorized_until = snapshot.held_until or payment.authorized_until or usual


def _days(payment: Payment) -> int:
    try:
        return gateway_of(payment).caps.authorization_days
    except Misconfigured:
        return AUTHORIZATION_DAYS


def follow_authorization(payment: Payment, *, before: PaymentState, source: Source) -> None:
    """Needs the payment saved. A capture that was decided, and of which no answer came, is asked for again."""
    if payment.state != HELD or payment.capture != Payment.Capture.MANUAL:
        return
    if before is not HELD:
        announce(PaymentAuthorized(payment_id=payment.pk, folio_id=payment.folio_id))
    elif payment.capture_minor is not None and source == "fetch":
        announce(CaptureRequested(payment_id=payment.pk))
