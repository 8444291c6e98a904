"""Decide that money goes back. The gateway is told afterwards, by the worker."""

from uuid import UUID

from django.db import IntegrityError, transaction
from psycopg.errors import CheckViolation

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.core.events import announce
from freehold.domain import ledger
from freehold.domain.money import CurrencyMismatch, Money
from freehold.finance.models import Folio
from freehold.finance.services.lock_folio import lock_folio
from freehold.finance.services.post_entry import post_entry
from freehold.payments.events import RefundRequested
from freehold.payments.models import Payment, Refund
from freehold.payments.schedule import first_look
from freehold.payments.selectors import get_payment, payment_for_update, refunded_minor


def request_refund(
    *, actor: Actor, payment_id: UUID, amount: Money, key: str, reason: str, replaces: Refund | None = None
) -> Refund:
    """The refund of this key, requested if there is none: a cause refunds once.

    The caller has checked what `actor` may do, and takes settlements off (`finance.unsettle`) where the money had
    paid for something. `replaces`: a refund that failed, whose debt this one pays. Raises BadInput, CurrencyMismatch,
    NotFound, Conflict `refund_exceeds_payment`, Conflict `refund_key_used` for another amount under this key.
    """
    with transaction.atomic():
        folio = lock_folio(get_payment(payment_id).folio_id)
        payment = payment_for_update(payment_id)
        known = Refund.objects.company(payment.company_id).filter(key=key).first()
        if known is not None:
            return _same(known, payment, amount)
        _check_amount(payment, amount)
        refund = _add(actor, payment, amount, key, reason, replaces)
        if replaces is None:
            _owe(folio, payment, refund, amount)
        announce(RefundRequested(refund_id=refund.pk))
    return refund


def _same(known: Refund, payment: Payment, amount: Money) -> Refund:
    if (known.payment_id, known.amount_minor, known.currency) != (payment.pk, amount.minor, amount.currency):
        raise Conflict("Another refund was requested under this key.", code="refund_key_used")
    return known


def _check_amount(payment: Payment, amount: Money) -> None:
    if amount.currency != payment.currency:
        raise CurrencyMismatch(payment.currency, amount.currency)
    if not amount.is_positive:
        raise BadInput("Only a positive amount can be refunded.", code="amount_not_positive", attr="amount")
    if amount.minor > payment.received_minor - refunded_minor(payment):
        raise _too_much()


def _too_much() -> Conflict:
    return Conflict("More than what is left of this payment cannot go back.", code="refund_exceeds_payment")


def _add(actor: Actor, payment: Payment, amount: Money, key: str, reason: str, replaces: Refund | None) -> Refund:
    try:
        with transaction.atomic():
            return Refund.objects.create(
                company_id=payment.company_id,
                payment=payment,
                folio_id=payment.folio_id,
                key=key,
                currency=amount.currency,
                amount_minor=amount.minor,
                reason=reason[:200],
                replaces=replaces,
                requested_by_id=actor.user_id,
                next_fetch_at=first_look(clock.now()),
            )
    except IntegrityError as error:
        if isinstance(error.__cause__, CheckViolation):
            raise _too_much() from error
        raise


def _owe(folio: Folio, payment: Payment, refund: Refund, amount: Money) -> None:
    """From now on we owe it: out of what was paid on the folio, or out of the credit that paid for nothing."""
    source = ledger.Account.RECEIVABLE if payment.announced_minor else ledger.Account.CUSTOMER_CREDIT
    entry = ledger.refund_issued(amount, source=source)
    post_entry(folio=folio, key=f"refund_issued:{refund.pk}", entry=entry, occurred_at=clock.now())
