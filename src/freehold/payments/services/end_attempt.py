"""Write an attempt off without the gateway's word: it was never opened there, or it cannot be closed there."""

from uuid import UUID

from django.db import transaction

from freehold.core import clock
from freehold.core.events import announce
from freehold.domain.payment_states import PaymentState, next_state
from freehold.finance.services.lock_folio import lock_folio
from freehold.payments.accounts import gateway_of
from freehold.payments.events import PaymentFailed
from freehold.payments.finality import review_unnamed
from freehold.payments.models import OPEN_STATES, Payment
from freehold.payments.schedule import next_payment_look
from freehold.payments.selectors import get_payment, payment_for_update
from freehold.payments.services.review_held import review_held
from freehold.ports.payment_gateway import Misconfigured


def end_attempt(*, payment_id: UUID, state: PaymentState, error_code: str = "", error_kind: str = "") -> Payment:
    """Ends an open attempt as failed, cancelled or expired. One that ended already, or has money, stays as it is.

    A part that came before is for a person. Should money come nevertheless, it is late money like any other.
    """
    folio_id = get_payment(payment_id).folio_id
    with transaction.atomic():
        lock_folio(folio_id)
        payment = payment_for_update(payment_id)
        before = PaymentState(payment.state)
        if before not in OPEN_STATES or next_state(before, state) is before:
            return payment
        if before is PaymentState.UNKNOWN and not payment.object_id:
            _ask_a_person(payment)
        payment.state = state
        payment.error_code = (error_code or payment.error_code)[:60]
        payment.error_kind = error_kind or payment.error_kind
        payment.fetch_count = 0
        payment.next_fetch_at = None
        if payment.object_id:
            payment.next_fetch_at = next_payment_look(
                state=state, looks=0, moment=clock.now(), deadline=payment.expires_at
            )
        payment.save()
        review_held(payment=payment)
        announce(PaymentFailed(payment_id=payment.pk, folio_id=folio_id))
    return payment


def _ask_a_person(payment: Payment) -> None:
    try:
        review_unnamed(payment, gateway_of(payment).caps, asked_again=False)
    except Misconfigured:
        return
