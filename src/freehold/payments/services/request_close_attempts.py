"""Nobody should pay for this commitment any more, or not in this way."""

from uuid import UUID

from freehold.domain.payment_states import PaymentState
from freehold.payments.models import OPEN_STATES, Payment
from freehold.payments.services.let_go import let_go


def request_close_attempts(*, folio_id: UUID, keep_held: bool = False) -> None:
    """Asks for every open attempt of the folio to be closed at its gateway, after this transaction. Needs one.

    `keep_held`: what a bank holds already stays held.
    """
    open_ones = Payment.objects.system("close attempts").filter(folio_id=folio_id, state__in=OPEN_STATES)
    let_go(payments=open_ones.exclude(state=PaymentState.AUTHORIZED) if keep_held else open_ones)
