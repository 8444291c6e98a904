"""What payments do when something was announced; `config/wiring.py` connects them. Through the outbox, unless one
says otherwise.

A gateway that does not answer is tried again quickly, by the outbox, for a few minutes; after that the reconciler,
which never gives up, is enough.
"""

from datetime import datetime, timedelta
from typing import Any

from freehold.accounts.events import AccountErased, AccountsMerged
from freehold.core import clock
from freehold.core.errors import BadInput, Conflict, TemporarilyUnavailable
from freehold.domain.payment_states import PaymentState
from freehold.finance.destinations import BY_HAND
from freehold.finance.events import OutgoingApproved, OutgoingDrafted, OutgoingSubmitted
from freehold.finance.outgoings import get_outgoing
from freehold.payments.events import (
    CaptureRequested,
    ComparisonRequested,
    CreditClaimed,
    CreditStored,
    GatewayEventStored,
    PaymentCloseRequested,
    RefundRequested,
)
from freehold.payments.gateways import AMOUNT_REFUSED
from freehold.payments.models import OPEN_STATES, Payment
from freehold.payments.selectors import get_payment, get_refund
from freehold.payments.services.apply_event import apply_event
from freehold.payments.services.begin_transfer import begin_transfer, payer_of
from freehold.payments.services.claim_credit import settle_claim
from freehold.payments.services.close_payment import close_payment
from freehold.payments.services.compare_ledgers import compare_accounts, last_days
from freehold.payments.services.end_attempt import end_attempt
from freehold.payments.services.execute_capture import execute_capture
from freehold.payments.services.execute_refund import execute_refund
from freehold.payments.services.execute_transfer import execute_transfer
from freehold.payments.services.forget_senders import forget_senders
from freehold.payments.services.receive_credit import match_credit
from freehold.ports.payment_gateway import Misconfigured, ProviderError

QUICK_TRIES_FOR = timedelta(minutes=5)


def read_stored_event(event: GatewayEventStored) -> None:
    apply_event(event_id=event.event_id)


def match_stored_credit(event: CreditStored) -> None:
    match_credit(credit_id=event.credit_id)


def settle_payers_claim(event: CreditClaimed) -> None:
    settle_claim(review_item_id=event.review_item_id)


def close_unwanted_attempt(event: PaymentCloseRequested) -> None:
    """Closed here in any case; there as soon as the gateway answers."""
    try:
        close_payment(payment_id=event.payment_id)
    except ProviderError:
        payment = end_attempt(payment_id=event.payment_id, state=PaymentState.CANCELLED)
        if _is_recent(payment.updated_at):
            raise


def send_capture(event: CaptureRequested) -> None:
    try:
        execute_capture(payment_id=event.payment_id)
    except ProviderError:
        if _is_recent(get_payment(event.payment_id).updated_at):
            raise


def send_refund(event: RefundRequested) -> None:
    try:
        execute_refund(refund_id=event.refund_id)
    except ProviderError:
        if _is_recent(get_refund(event.refund_id).created_at):
            raise


def compare_requested(event: ComparisonRequested) -> None:
    compare_accounts(days=last_days(event.days), company_id=event.company_id)


def check_amount_can_be_sent(event: OutgoingDrafted) -> None:
    """In-transaction: an amount that the company's account does not send is refused while it is typed. Whether there is
    such an account is asked when it is submitted: until then one may be connected. Raises BadInput."""
    outgoing = get_outgoing(event.outgoing_id)
    if outgoing.destination.provider in BY_HAND:
        return
    try:
        payer_of(outgoing)
    except Misconfigured:
        return
    except BadInput as refusal:
        if refusal.code in AMOUNT_REFUSED:
            raise BadInput(refusal.detail, code=refusal.code, attr="amount") from refusal


def check_can_be_sent(event: OutgoingSubmitted) -> None:
    """In-transaction: what no account of the company can pay is not asked for. Raises BadInput,
    TemporarilyUnavailable."""
    outgoing = get_outgoing(event.outgoing_id)
    if outgoing.destination.provider in BY_HAND:
        return
    try:
        payer_of(outgoing)
    except Misconfigured as error:
        raise TemporarilyUnavailable("This payment provider cannot be used at present.", retry_after=60) from error


def send_approved(event: OutgoingApproved) -> None:
    transfer = begin_transfer(outgoing_id=event.outgoing_id)
    if transfer is None:
        return
    try:
        execute_transfer(transfer_id=transfer.pk)
    except ProviderError:
        if _is_recent(transfer.created_at):
            raise


def _is_recent(moment: datetime) -> bool:
    return clock.now() - moment < QUICK_TRIES_FOR


def forget_payer(event: AccountErased) -> None:
    """In-transaction: what was paid stays, who was told to have paid goes. Raises Conflict "payment_open"."""
    payments = Payment.objects.system("account erased").filter(payer_id=event.user_id)
    if payments.filter(state__in=OPEN_STATES).exists():
        raise Conflict("A payment is still under way. Come back when it is settled.", code="payment_open")
    # An attempt that is over is not told to a gateway again.
    history: Any = Payment._meta.get_field("history").related_model
    history.objects.filter(pgh_obj_id__in=payments.values("pk")).update(request={})
    forget_senders(folio_ids=payments.values("folio_id"))
    payments.update(request={})


def move_payments(event: AccountsMerged) -> None:
    """In-transaction: who has the bookings of both has their payments."""
    Payment.objects.system("accounts merged").filter(payer_id=event.merged_id).update(payer_id=event.kept_id)
