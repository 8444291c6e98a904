"""Decide that held money is taken. The gateway is told afterwards, by the worker."""

from uuid import UUID

from django.db import transaction

from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.core.events import announce
from freehold.domain.deposits import checked_part
from freehold.domain.errors import DomainError
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.finance.services.lock_folio import lock_folio
from freehold.payments.accounts import gateway_of
from freehold.payments.events import CaptureRequested
from freehold.payments.models import Payment, ReviewItem
from freehold.payments.schedule import first_look
from freehold.payments.selectors import find_payment, get_payment, payment_for_update

CAPTURED = (PaymentState.AUTHORIZED, PaymentState.PAID)


def capture_payment(*, actor: Actor, payment_id: UUID) -> Payment:
    """Somebody of the company takes what is held for a booking: all of it. Twice changes nothing.

    Raises NotFound and AccessDenied, Conflict (`not_authorized`, `deposit_is_claimed` for a damage deposit).
    """
    found = find_payment(actor=actor, payment_id=payment_id, permission="payments.record")
    require(actor=actor, permission="payments.record", company_id=found.company_id)
    if found.purpose == Payment.Purpose.DEPOSIT:
        raise Conflict("Of a damage deposit a part is claimed, with a reason.", code="deposit_is_claimed")
    return request_capture(payment_id=payment_id)


def request_capture(*, payment_id: UUID, amount: Money | None = None) -> Payment:
    """Takes `amount` of what is held, or all of it: decided once, and executed once, however often this is asked.

    What is held and not taken is let go by the provider. The caller has checked who may do this. Raises NotFound,
    BadInput for an amount that is not held, or a part where the provider takes only all of it, and Conflict:
    `not_authorized` when nothing is held (any more), `capture_decided` for another amount than before.
    """
    with transaction.atomic():
        lock_folio(get_payment(payment_id).folio_id)
        payment = payment_for_update(payment_id)
        wanted = _checked(payment, amount)
        if payment.capture_minor is not None and payment.state in CAPTURED:
            if payment.capture_minor != wanted.minor:
                raise Conflict("Another amount is being taken already.", code="capture_decided")
            return payment
        if payment.state != PaymentState.AUTHORIZED or payment.let_go_at is not None:
            raise Conflict("Nothing is held for this payment.", code="not_authorized")
        if wanted.minor < payment.amount_minor and not gateway_of(payment).caps.partial_capture:
            raise BadInput("This provider takes all that is held, or nothing.", code="no_partial_capture")
        payment.capture_minor = wanted.minor
        payment.next_fetch_at = first_look(clock.now())
        payment.save(update_fields=["capture_minor", "next_fetch_at", "updated_at"])
        ReviewItem.objects.filter(payment=payment, kind=ReviewItem.Kind.AUTHORIZATION_ENDS, resolved_at=None).update(
            resolved_at=clock.now(), resolution="What was held is taken."
        )
        announce(CaptureRequested(payment_id=payment.pk))
    return payment


def _checked(payment: Payment, amount: Money | None) -> Money:
    held = Money(payment.amount_minor, payment.currency)
    try:
        return held if amount is None else checked_part(held, amount)
    except DomainError as error:
        raise BadInput(error.detail, code=error.code, attr="amount") from error
