"""An unsigned message, taken as a stage direction: the simulator's payer does what it says, and the truth follows.

Only a demonstration has such a payer, so that nobody can say "paid" anywhere else. The simulator's books then say what
ours say: the payment is never touched but by what the provider itself tells of it.
"""

from uuid import UUID

from freehold.core import outside
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, TemporarilyUnavailable
from freehold.domain.payment_states import UNSETTLED, PaymentState
from freehold.payments.accounts import gateway_of
from freehold.payments.gateways import call, reference_of
from freehold.payments.models import OPEN_STATES, Payment
from freehold.payments.next_action import payers_action
from freehold.payments.services.close_payment import close_payment
from freehold.payments.services.confirm_return import confirm_return
from freehold.payments.services.receive_at_fixed_address import unsigned
from freehold.ports.payment_gateway import Misconfigured, ProviderError
from freehold.ports.practice_payer import PracticePayer


def require_practice_payer(provider: str) -> PracticePayer:
    """Raises BadInput (`bad_signature`) wherever payers pay for themselves."""
    payer = outside.practice_payer(provider)
    if payer is None:
        raise unsigned()
    return payer


def rehearse_payment(*, actor: Actor, provider: str, folio_id: UUID, pays: bool, named: str = "") -> Payment:
    """The folio's attempt at `provider` (the one that `named` names, if any, else the latest) as it is afterwards.

    Told twice, it is done once. Raises BadInput (`bad_signature` where unsigned messages do not count, a company's own
    account included; `no_payment`), Conflict (`payment_over`) and TemporarilyUnavailable.
    """
    payer = require_practice_payer(provider)
    payment = _attempt(folio_id, provider, named)
    if payment is None:
        raise BadInput("Nothing was begun to be paid there.", code="no_payment", attr="booking_id")
    if not _is_practised(payment):
        raise unsigned()
    if payment.state == PaymentState.PAID and pays:
        return payment
    if payment.state not in OPEN_STATES:
        if not pays:
            return payment
        raise Conflict("This payment is over. Begin another one.", code="payment_over")
    try:
        brought = call(payer.act, pays=pays, ref=reference_of(payment), action=payers_action(payment))
        payment = confirm_return(actor=actor, payment_id=payment.pk, params=brought)
        # A declined card may be tried again at some providers; who says that it failed is done with it.
        return payment if pays or payment.state not in UNSETTLED else close_payment(payment_id=payment.pk)
    except ProviderError as error:
        raise TemporarilyUnavailable("The simulator does not answer. Try again.") from error


def _attempt(folio_id: UUID, provider: str, named: str) -> Payment | None:
    attempts = Payment.objects.system("rehearsal").filter(folio_id=folio_id, provider=provider).order_by("-attempt")
    found = attempts.filter(object_id=named).first() if named else None
    return found or attempts.first()


def _is_practised(payment: Payment) -> bool:
    """A company that has connected its own account configured its own secret with it."""
    try:
        return gateway_of(payment) is outside.payment_gateways().get(payment.provider)
    except Misconfigured:
        return False
