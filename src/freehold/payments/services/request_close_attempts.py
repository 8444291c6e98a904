"""Nobody should pay for this commitment any more, or not in this way."""

from uuid import UUID

from freehold.core.events import announce_all
from freehold.payments.events import PaymentCloseRequested
from freehold.payments.models import OPEN_STATES, Payment


def request_close_attempts(*, folio_id: UUID) -> None:
    """Asks for every open attempt of the folio to be closed at its gateway, after this transaction. Needs one."""
    open_ones = Payment.objects.system("close attempts").filter(folio_id=folio_id, state__in=OPEN_STATES)
    announce_all(PaymentCloseRequested(payment_id=payment_id) for payment_id in open_ones.values_list("pk", flat=True))
