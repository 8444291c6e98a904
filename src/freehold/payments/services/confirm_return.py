"""The payer's browser came back. That proves nothing, but it is a good moment to ask."""

from collections.abc import Mapping
from uuid import UUID

import structlog

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import FreeholdError
from freehold.domain.payment_states import UNSETTLED, PaymentState
from freehold.payments.accounts import gateway_of
from freehold.payments.gateways import call, reference_of
from freehold.payments.models import Payment
from freehold.payments.selectors import find_payment, get_payment, what_we_know
from freehold.payments.services.apply_snapshot import apply_snapshot
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.ports.payment_gateway import ProviderError

log = structlog.get_logger(__name__)


def confirm_return(*, actor: Actor, payment_id: UUID | str, params: Mapping[str, str] | None = None) -> Payment:
    """The payment as its gateway sees it now; as we know it, when the gateway does not answer.

    `params` is what the browser brought, for gateways where coming back completes a payment; after the deadline it
    completes nothing. Raises NotFound for another person's payment.
    """
    payment = find_payment(actor=actor, payment_id=payment_id)
    if PaymentState(payment.state) not in UNSETTLED:
        return payment
    try:
        if payment.object_id and params and payment.expires_at > clock.database_now():
            asked = what_we_know(payment)
            snapshot = call(gateway_of(payment).complete_return, reference_of(payment), params)
            return apply_snapshot(payment_id=payment.pk, snapshot=snapshot, source="fetch", asked=asked).payment
        return refresh_payment(payment_id=payment.pk)
    except (ProviderError, FreeholdError):
        log.warning("return_not_confirmed", payment_id=str(payment.pk), provider=payment.provider)
        return get_payment(payment.pk)
