"""Ask the gateway what became of one payment."""

from uuid import UUID

import structlog
from django.db.models import F

from freehold.core import clock
from freehold.domain.money import Money
from freehold.domain.payment_states import UNSETTLED, PaymentState
from freehold.payments.accounts import gateway_of
from freehold.payments.finality import final_at, no_answer_key
from freehold.payments.gateways import call, reference_of
from freehold.payments.models import OPEN_STATES, Payment, ReviewItem
from freehold.payments.schedule import next_payment_look
from freehold.payments.selectors import get_payment, what_we_know
from freehold.payments.services.apply_snapshot import apply_snapshot
from freehold.payments.services.end_attempt import end_attempt
from freehold.payments.services.open_at_gateway import open_at_gateway, report_misconfigured
from freehold.payments.services.open_review import open_review
from freehold.ports.payment_gateway import Misconfigured, ProviderError, ProviderRef

log = structlog.get_logger(__name__)


def refresh_payment(*, payment_id: UUID, named: ProviderRef | None = None) -> Payment:
    """Fetches the payment and applies the answer; opens it first when the gateway was never reached.

    `named`: how a message that nobody signed names the object. It is asked about under this name, if it is ours or
    ours has none yet. Raises ProviderError when there is no answer (the next look is planned), and what
    `open_at_gateway` raises.
    """
    payment = get_payment(payment_id)
    if payment.object_id and _is_told_by_people(payment):
        return _let_lapse(payment)
    if not payment.object_id and named is None:
        return open_at_gateway(payment_id=payment_id)
    asked = what_we_know(payment)
    try:
        snapshot = call(gateway_of(payment).fetch_payment, _reference(payment, named))
    except ProviderError as error:
        _look_later(payment)
        if isinstance(error, Misconfigured):
            report_misconfigured(payment, error)
        raise
    payment = apply_snapshot(payment_id=payment_id, snapshot=snapshot, source="fetch", asked=asked).payment
    if payment.next_fetch_at is None:
        return _give_up_if_open(payment, answered=True)
    return payment


def _is_told_by_people(payment: Payment) -> bool:
    try:
        return not gateway_of(payment).caps.fetch
    except Misconfigured:
        return False


def _let_lapse(payment: Payment) -> Payment:
    """Nobody can be asked. After the deadline nobody waits for the money any more; it may come all the same."""
    if payment.expires_at <= clock.now():
        payment = end_attempt(payment_id=payment.pk, state=PaymentState.EXPIRED)
    ended = payment.state not in OPEN_STATES
    Payment.objects.company(payment.company_id).filter(pk=payment.pk).update(
        next_fetch_at=None if ended else payment.expires_at
    )
    return get_payment(payment.pk)


def _reference(payment: Payment, named: ProviderRef | None) -> ProviderRef:
    known = reference_of(payment)
    if named is None or payment.object_id not in ("", named.object_id):
        return known
    extra = {**known.extra, **named.extra}
    return ProviderRef(named.object_id, named.charge_id or known.charge_id, extra)


def _look_later(payment: Payment) -> None:
    state, moment = PaymentState(payment.state), clock.now()
    later = next_payment_look(
        state=state,
        looks=payment.fetch_count + 1,
        moment=moment,
        deadline=payment.expires_at,
        final_at=final_at(payment),
    )
    Payment.objects.company(payment.company_id).filter(pk=payment.pk, state=state).update(
        next_fetch_at=later, fetch_count=F("fetch_count") + 1
    )
    log.warning("payment_not_fetched", payment_id=str(payment.pk), provider=payment.provider)
    if later is None:
        _give_up_if_open(payment, answered=False)


def _give_up_if_open(payment: Payment, *, answered: bool) -> Payment:
    """The gateway has no last word, and by now it will have none: a person asks there, and the payer may pay again.
    Money that comes nevertheless is late money. What is held is not let go by that.

    No question where it answers that it still waits for the payer: that page was left, as pages are."""
    was_left = answered and payment.state == PaymentState.PENDING
    if not was_left and (payment.state in UNSETTLED or payment.state == PaymentState.AUTHORIZED):
        open_review(
            kind=ReviewItem.Kind.NO_ANSWER,
            key=no_answer_key(payment),
            detail=f"The provider still says {payment.state}, long after it should know. Look there what became of it.",
            company_id=payment.company_id,
            amount=Money(payment.amount_minor, payment.currency),
            payment=payment,
        )
    if payment.state in UNSETTLED:
        return end_attempt(payment_id=payment.pk, state=PaymentState.EXPIRED)
    return payment
