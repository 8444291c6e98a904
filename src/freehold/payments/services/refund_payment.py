"""Somebody of the company gives a payment's money back, all that is left of it or a part.

What it had paid for is open on the folio again: whoever wants it forgiven lowers what is owed as well. The booking
stands as it is; a cancellation, which also gives money back, is another decision.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from freehold.companies import policies
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.domain.money import Money
from freehold.domain.payment_states import may_leave
from freehold.finance.services.lock_folio import lock_folio
from freehold.finance.services.unsettle import unsettle
from freehold.payments.accounts import gateway_of
from freehold.payments.models import Payment, Refund
from freehold.payments.selectors import disputed_minor, get_payment, payment_for_update, refunded_minor
from freehold.payments.services.request_refund import request_refund
from freehold.ports.payment_gateway import Misconfigured

PERMISSION = "payments.refund"
CAUSE = "desk"
"""What the keys of these refunds begin with."""

LONGEST_REASON = 200
LONGEST_KEY = 60


@dataclass(frozen=True, slots=True)
class Refundable:
    """What of a payment may go back. `left` is what went nowhere yet, `disputed` what of it payers' banks want."""

    left: Money
    disputed: Money

    @property
    def now(self) -> Money:
        return max(self.left - self.disputed, Money.zero(self.left.currency))


def refundable_of(payment: Payment) -> Refundable:
    """In two queries. Money that waits for a decision about its amount is not part of it."""
    left = payment.announced_minor and payment.received_minor - refunded_minor(payment)
    return Refundable(Money(left, payment.currency), Money(disputed_minor(payment), payment.currency))


def refund_payment(*, actor: Actor, payment_id: UUID, reason: str, key: str, amount: Money | None = None) -> Refund:
    """The refund of this key, requested if there is none; without an amount: of all that is left.

    Raises NotFound, AccessDenied; BadInput for the reason, or an amount that this provider cannot give back; Conflict
    `deposit_is_released` for a damage deposit, `nothing_to_refund`, `payment_in_review`, `payment_disputed`,
    `refund_exceeds_payment`, `refund_key_used`.
    """
    found = get_payment(payment_id)
    policies.require(actor=actor, permission=PERMISSION, company_id=found.company_id)
    if found.purpose == Payment.Purpose.DEPOSIT:
        raise Conflict("A damage deposit is released, or a part of it is claimed.", code="deposit_is_released")
    said = " ".join(reason.split())
    _check_words(said, key)
    name = f"{CAUSE}:{found.pk}:{key}"
    with transaction.atomic():
        folio = lock_folio(found.folio_id)
        payment = payment_for_update(found.pk)
        known = Refund.objects.company(payment.company_id).filter(key=name).first()
        if known is not None:
            return _same(known, amount)
        wanted = _checked(payment, amount)
        refund = request_refund(actor=actor, payment_id=payment.pk, amount=wanted, key=name, reason=said)
        unsettle(folio=folio, refund_id=refund.pk, payment_id=payment.pk, amount=wanted)
    return refund


def _check_words(reason: str, key: str) -> None:
    if not reason:
        raise BadInput("Say why the money goes back.", code="required", attr="reason")
    if len(reason) > LONGEST_REASON:
        raise BadInput(f"At most {LONGEST_REASON} characters.", code="too_long", attr="reason")
    if not 1 <= len(key) <= LONGEST_KEY:
        raise BadInput(f"A key has between 1 and {LONGEST_KEY} characters.", code="invalid", attr="key")


def _same(known: Refund, amount: Money | None) -> Refund:
    if amount is not None and (known.amount_minor, known.currency) != (amount.minor, amount.currency):
        raise Conflict("Another refund was requested under this key.", code="refund_key_used")
    return known


def _checked(payment: Payment, amount: Money | None) -> Money:
    """What goes back. Raises BadInput, Conflict."""
    if payment.received_minor and not payment.announced_minor:
        raise Conflict(
            "This money waits for a decision, because it is not what was asked. Decide there.", code="payment_in_review"
        )
    allowed = refundable_of(payment)
    if not allowed.left.is_positive:
        raise Conflict("Nothing is left of this payment that could go back.", code="nothing_to_refund")
    wanted = allowed.left if amount is None else amount
    if wanted.currency != payment.currency:
        raise BadInput(f"This payment is in {payment.currency}.", code="other_currency", attr="amount")
    if not wanted.is_positive:
        raise BadInput("Only a positive amount can be refunded.", code="amount_not_positive", attr="amount")
    if wanted > allowed.left:
        raise Conflict(
            f"At most {allowed.left} of this payment can go back.",
            code="refund_exceeds_payment",
        )
    gone = refunded_minor(payment)
    if not may_leave(wanted.minor, received=payment.received_minor, gone=gone, disputed=allowed.disputed.minor):
        raise Conflict(
            f"The payer's bank disputes {allowed.disputed} of this payment: what is disputed is not given back a "
            "second time.",
            code="payment_disputed",
        )
    _check_provider(payment, wanted, is_all=wanted.minor == payment.received_minor)
    return wanted


def _check_provider(payment: Payment, amount: Money, *, is_all: bool) -> None:
    """Raises BadInput for what this provider would refuse. One that is not connected is asked later, as ever."""
    try:
        caps = gateway_of(payment).caps
    except Misconfigured:
        return
    if not is_all and not caps.partial_refund:
        raise BadInput("This provider gives back whole payments only.", code="partial_refund", attr="amount")
    step = caps.step_minor.get(amount.currency, 1)
    if amount.minor % step:
        raise BadInput(f"This provider moves steps of {Money(step, amount.currency)}.", code="step", attr="amount")
