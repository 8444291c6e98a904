"""Tell the gateway about an attempt, as often as it takes: the same key and the same words each time.

A process may be killed before, during or after the call. The row was committed before, the key comes from the row,
and the gateway answers a repeated key with the object that it has, so that every retry ends at the same object.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db.models import Expression, F, Func, JSONField, TextField, Value
from django.db.models.functions import Cast

from freehold.core import clock
from freehold.core.errors import BadInput, Conflict, TemporarilyUnavailable
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.payments.accounts import gateway_of
from freehold.payments.finality import final_at, no_answer_key, review_unnamed
from freehold.payments.gateways import call
from freehold.payments.models import Payment, ReviewItem
from freehold.payments.schedule import next_payment_look
from freehold.payments.selectors import get_payment
from freehold.payments.services.apply_snapshot import apply_snapshot
from freehold.payments.services.end_attempt import end_attempt
from freehold.payments.services.open_review import open_review
from freehold.ports.payment_gateway import (
    Capabilities,
    CreatePayment,
    Declined,
    Misconfigured,
    Payer,
    Retryable,
    Unknown,
)

log = structlog.get_logger(__name__)

PHONE_REFUSED = frozenset({"phone_needed", "phone_not_supported"})
NOT_OPENED = (PaymentState.CREATED, PaymentState.UNKNOWN)
ASKING_SINCE = "asking_since"
"""In the stored request, while a call is under way at a provider that does not know a repeated one again."""
CALL_LASTS = timedelta(seconds=60)
"""No call waits longer for its answer: whoever began it before this has died."""


def request_json(
    *, reference: str, description: str, payer: Payer, notify_url: str, merchant: str, expires_at: datetime
) -> dict[str, Any]:
    """What is stored to be said to the gateway; `_request` reads it back."""
    return {
        "reference": reference,
        "description": description,
        "payer": {"email": payer.email, "phone_e164": payer.phone_e164, "name": payer.name},
        "notify_url": notify_url,
        "merchant": merchant,
        "expires_at": expires_at.isoformat(),
    }


def open_at_gateway(*, payment_id: UUID) -> Payment:
    """Opens the attempt at its gateway, or finds it opened. Needs no transaction, and must not be in one.

    A call without an answer leaves the state `unknown`, for the reconciler or the next try. Raises
    TemporarilyUnavailable when it was certainly not executed, Conflict (`payment_declined`), BadInput for a telephone
    number that the provider cannot ask.
    """
    payment = get_payment(payment_id)
    if payment.object_id or payment.state not in NOT_OPENED:
        return payment
    try:
        gateway = gateway_of(payment)
        if not _may_ask(payment, gateway.caps):
            return payment
        if payment.state == PaymentState.UNKNOWN:
            review_unnamed(payment, gateway.caps, asked_again=True)
        snapshot = call(gateway.create_payment, _request(payment))
    except Declined as error:
        _nothing_came_of_it(payment)
        end_attempt(payment_id=payment_id, state=PaymentState.FAILED, error_code=error.code or "", error_kind="payer")
        if error.code in PHONE_REFUSED:
            raise BadInput("This provider cannot ask that number.", code=error.code, attr="phone") from error
        raise Conflict("The payment provider refused this payment.", code="payment_declined") from error
    except Misconfigured as error:
        _nothing_came_of_it(payment)
        _put_aside(payment, error)
        raise TemporarilyUnavailable("This payment provider cannot be used at present.", retry_after=60) from error
    except Retryable as error:
        _try_later(payment, PaymentState(payment.state))
        raise TemporarilyUnavailable("The payment provider does not answer. Nothing was paid; try again.") from error
    except Unknown:
        return _try_later(payment, PaymentState.UNKNOWN)
    return apply_snapshot(payment_id=payment_id, snapshot=snapshot, source="call").payment


def _may_ask(payment: Payment, caps: Capabilities) -> bool:
    """A provider that does not know a repeated request again is asked by one caller at a time, and not twice before a
    message about the first object had time to come. That it may know of the attempt is committed before it is asked."""
    if caps.idempotent_create:
        return True
    again_after = timedelta(seconds=caps.create_again_after_s)
    since, moment = payment.request.get(ASKING_SINCE), clock.now()
    if since is not None and moment < datetime.fromisoformat(since) + max(CALL_LASTS, again_after):
        return False
    if payment.state == PaymentState.UNKNOWN and moment < payment.updated_at + again_after:
        return False
    mine = Payment.objects.company(payment.company_id).filter(
        pk=payment.pk, object_id="", state=payment.state, updated_at=payment.updated_at
    )
    asking = _joined("||", Value({ASKING_SINCE: moment.isoformat()}, JSONField()))
    return bool(mine.update(state=PaymentState.UNKNOWN, request=asking, updated_at=moment))


def _joined(operator: str, operand: Expression) -> Expression:
    """Of the stored request, as it is in the database: somebody's name may be taken out of it meanwhile."""
    return Func(F("request"), operand, template="(%(expressions)s)", arg_joiner=operator, output_field=JSONField())


def _request(payment: Payment) -> CreatePayment:
    said = payment.request
    return CreatePayment(
        payment_id=str(payment.pk),
        attempt=payment.attempt,
        reference=said["reference"],
        amount=Money(payment.amount_minor, payment.currency),
        description=said["description"],
        payer=Payer(**said["payer"]),
        return_url=payment.return_url,
        notify_url=said["notify_url"],
        expires_at=datetime.fromisoformat(said["expires_at"]),
        capture="manual" if payment.capture == Payment.Capture.MANUAL else "automatic",
        metadata={"merchant": said["merchant"]},
        keeps_method=said.get("keeps_method", False),
        saved_method=said.get("saved_method", {}),
    )


def _nothing_came_of_it(payment: Payment) -> None:
    """This call made nothing there: what was unknown before it still is, and nothing else."""
    untold = Payment.objects.company(payment.company_id).filter(pk=payment.pk, object_id="", state__in=NOT_OPENED)
    untold.update(
        state=payment.state, request=_joined("-", Cast(Value(ASKING_SINCE), TextField())), updated_at=clock.now()
    )


def _try_later(payment: Payment, state: PaymentState) -> Payment:
    """Only while nobody else has heard of the object meanwhile: their knowledge is better."""
    looks = payment.fetch_count + 1
    later = next_payment_look(
        state=state, looks=looks, moment=clock.now(), deadline=payment.expires_at, final_at=final_at(payment)
    )
    Payment.objects.company(payment.company_id).filter(pk=payment.pk, object_id="", state__in=NOT_OPENED).update(
        state=state,
        request=_joined("-", Cast(Value(ASKING_SINCE), TextField())),
        next_fetch_at=later,
        fetch_count=F("fetch_count") + 1,
        updated_at=clock.now(),
    )
    payment = get_payment(payment.pk)
    log.warning("payment_not_opened", payment_id=str(payment.pk), state=payment.state, provider=payment.provider)
    if later is None and payment.state in NOT_OPENED:
        _give_up(payment)
    return payment


def _give_up(payment: Payment) -> None:
    open_review(
        kind=ReviewItem.Kind.NO_ANSWER,
        key=no_answer_key(payment),
        detail="The provider never told whether it knows of this attempt. Look for its key in the provider's books.",
        company_id=payment.company_id,
        amount=Money(payment.amount_minor, payment.currency),
        payment=payment,
    )
    end_attempt(payment_id=payment.pk, state=PaymentState.EXPIRED)


def _put_aside(payment: Payment, error: Misconfigured) -> None:
    """Our keys, account or request are wrong. After its deadline an attempt is simply over."""
    overdue = payment.expires_at <= clock.now()
    state = PaymentState.EXPIRED if overdue else PaymentState.FAILED
    end_attempt(payment_id=payment.pk, state=state, error_code=error.code or "", error_kind="config")
    if not overdue:
        report_misconfigured(payment, error)


def report_misconfigured(payment: Payment, error: Misconfigured) -> None:
    """One item per account and day: a wrong key makes every payment fail."""
    open_review(
        kind=ReviewItem.Kind.GATEWAY_PROBLEM,
        key=f"gateway:{payment.provider}:{payment.account}:{clock.now():%Y-%m-%d}",
        detail=f"The provider {payment.provider} refuses our requests: {error.code or 'no code'}.",
        company_id=payment.company_id,
        payment=payment,
    )
