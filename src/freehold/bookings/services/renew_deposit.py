"""Have a damage deposit held anew before the bank lets it go, with the card that the guest left it with.

Banks do not prolong what they hold. Where a provider keeps the guest's card for that, with their consent, a second
authorisation takes the place of the first; elsewhere the guest is asked. So is the guest whose bank
refuses it, at once or after days: whoever hears that such an attempt failed asks (`receive_deposit.lose_deposit`).
"""

from uuid import UUID

import structlog

from freehold.bookings.deposits import amount_of
from freehold.bookings.models import DamageDeposit
from freehold.bookings.services.leave_deposit import LEAVE_WITHIN
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import FreeholdError
from freehold.domain.deposits import DepositState
from freehold.domain.payment_states import PaymentState
from freehold.domain.references import gateway_reference
from freehold.payments.accounts import gateway_of
from freehold.payments.models import Payment
from freehold.payments.services.start_payment import ENDED_UNPAID, start_payment
from freehold.ports.payment_gateway import Misconfigured, Payer

log = structlog.get_logger(__name__)

UNDER_WAY = (PaymentState.UNKNOWN, PaymentState.PROCESSING, PaymentState.AUTHORIZED)


DECLINED = "payment_declined"


def has_saved_method(deposit: DamageDeposit) -> bool:
    """Whether its provider may hold it anew without the guest."""
    held = deposit.payment
    if deposit.state != DepositState.HELD or held is None:
        return False
    try:
        return gateway_of(held).caps.saved_methods and "payment_method" in held.provider_extra
    except Misconfigured:
        return False


def is_renewal(payment: Payment) -> bool:
    """Whether it was opened by us with the saved card: nobody sat before it, and saw what became of it."""
    return payment.purpose == Payment.Purpose.DEPOSIT and bool(payment.request.get("saved_method"))


def renew_by_saved_method(*, deposit_id: UUID) -> bool:
    """Whether something came of it: it is held anew, its provider has still to answer, or has refused, and then the
    guest is asked already. Needs no transaction, and must not be in one."""
    deposit = (
        DamageDeposit.objects.system("renewal")
        .select_related("booking", "booking__booker", "payment", "folio")
        .get(pk=deposit_id)
    )
    held = deposit.payment
    if held is None or not has_saved_method(deposit):
        return False
    try:
        payment = start_payment(
            actor=Actor.system("damage deposit"),
            folio_id=deposit.folio_id,
            provider=held.provider,
            amount=amount_of(deposit),
            return_url=held.return_url,
            reference=gateway_reference(deposit.folio.reference),
            description=f"Damage deposit for booking {deposit.booking.reference}",
            payer_id=deposit.booking.booker_id,
            payer=Payer(email=deposit.booking.booker.email, phone_e164=deposit.booking.booker.phone),
            expires_at=clock.database_now() + LEAVE_WITHIN,
            purpose=Payment.Purpose.DEPOSIT,
            capture=Payment.Capture.MANUAL,
            saved_from=held,
        )
    except FreeholdError as refusal:
        log.info("deposit_not_renewed", deposit_id=str(deposit_id), code=refusal.code)
        return refusal.code == DECLINED
    return payment.state in UNDER_WAY or payment.state in ENDED_UNPAID
