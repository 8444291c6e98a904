"""What is held for a payment is not wanted any more: nobody takes it from now on, and its gateway is told so."""

from collections.abc import Iterable

from freehold.core import clock
from freehold.core.events import announce_all
from freehold.payments.events import PaymentCloseRequested
from freehold.payments.models import Payment


def let_go(*, payments: Iterable[Payment]) -> None:
    """Asks for attempts to be closed at their gateways, after this transaction. Needs one, and the folio locked.

    One whose capture was decided is left alone: its money comes, and is dealt with as late money is.
    """
    unwanted = [payment for payment in payments if payment.capture_minor is None]
    by_hand = [payment.pk for payment in unwanted if payment.capture == Payment.Capture.MANUAL]
    Payment.objects.system("let go").filter(pk__in=by_hand, capture_minor=None, let_go_at=None).update(
        let_go_at=clock.now()
    )
    announce_all(PaymentCloseRequested(payment_id=payment.pk) for payment in unwanted)
