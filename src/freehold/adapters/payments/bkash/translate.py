"""bKash's JSON in the words of the port: amounts, times, names and states."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from freehold.adapters.masking import with_masked
from freehold.domain.money import Money, MoneyError
from freehold.domain.payment_states import PaymentState, PayoutState, RefundState
from freehold.ports.payment_gateway import (
    Charge,
    CreatePayment,
    NextAction,
    PaymentSnapshot,
    PayoutSnapshot,
    ProviderRef,
    RefundSnapshot,
)

BDT = "BDT"
DHAKA = timezone(timedelta(hours=6))
PAYMENT_LIFE = timedelta(hours=24)

PAYMENT_STATES = {
    "Initiated": PaymentState.PENDING,
    "Pending Authorized": PaymentState.PROCESSING,
    "Authorized": PaymentState.AUTHORIZED,
    "Completed": PaymentState.PAID,
    "Declined": PaymentState.FAILED,
    "Failed": PaymentState.FAILED,
    "Cancelled": PaymentState.CANCELLED,
    "Voided": PaymentState.CANCELLED,
    "Expired": PaymentState.EXPIRED,
}
REFUND_STATES = {
    "Completed": RefundState.SUCCEEDED,
    "Initiated": RefundState.PENDING,
    "Pending": RefundState.PENDING,
    "Processing": RefundState.PENDING,
    "Failed": RefundState.FAILED,
}
PAYOUT_STATES = {
    "Completed": PayoutState.PAID,
    "Initiated": PayoutState.PENDING,
    "Pending": PayoutState.PENDING,
    "Failed": PayoutState.FAILED,
    "Reversed": PayoutState.REVERSED,
}
# What may be kept of an answer. Callback addresses carry our own token, and `bkashURL` lets its holder pay.
KEPT = (
    "statusCode",
    "statusMessage",
    "paymentID",
    "trxID",
    "transactionStatus",
    "verificationStatus",
    "amount",
    "saleAmount",
    "currency",
    "intent",
    "merchantInvoiceNumber",
    "merchantInvoice",
    "paymentCreateTime",
    "paymentExecuteTime",
    "maxRefundableAmount",
    "originalTrxId",
    "refundTrxId",
    "refundTransactionStatus",
    "refundAmount",
    "completedTime",
    "transactionType",
)
PHONES = frozenset({"customerMsisdn", "receiverMSISDN"})

_TIME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:[:.](\d{1,3}))?(?: ?GMT)?(?: ?([+-]\d{2}):?(\d{2}))?")
_OUR_ID = re.compile(r"-([0-9a-f]{32})(?:-[0-9a-f]+)?")
_FORBIDDEN = re.compile(r"[<>&\s]+")


# --- values -------------------------------------------------------------------------------------------------


def money(text: object, currency: object = BDT) -> Money:
    """ "7500", "7500.00" and 25.2 are amounts of taka. Raises ValueError."""
    try:
        return Money.parse(str(text), str(currency))
    except MoneyError as error:
        raise ValueError(str(error)) from error


def moment(text: str) -> datetime:
    """Reads "2026-11-20T12:00:00:000 GMT+0600", the same without an offset, and "20261120120000". Raises ValueError.

    Without an offset it is the time of Bangladesh.
    """
    if len(text) == 14 and text.isdigit():
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=DHAKA).astimezone(UTC)
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time of bKash: {text!r}")
    whole, thousandths, hours, minutes = match.groups()
    zone = DHAKA
    if hours is not None:
        size = timedelta(hours=abs(int(hours)), minutes=int(minutes))
        zone = timezone(-size if hours.startswith("-") else size)
    moment = datetime.fromisoformat(whole).replace(
        tzinfo=zone, microsecond=int((thousandths or "0").ljust(3, "0")) * 1000
    )
    return moment.astimezone(UTC)


def kept(body: Mapping[str, Any]) -> dict[str, object]:
    """What of an answer may be stored: facts about money, phone numbers masked."""
    return with_masked({name: body[name] for name in (*KEPT, *PHONES) if name in body}, PHONES)


# --- our names in their books -------------------------------------------------------------------------------


def invoice_number(req: CreatePayment) -> str:
    """Unique per attempt, and names our payment: "FH-7K2Q9M-1-0198c0...". bKash takes no `<`, `>` and `&`."""
    return f"{plain(req.reference)[:60]}-{req.attempt}-{UUID(req.payment_id).hex}"


def plain(reference: str) -> str:
    return _FORBIDDEN.sub("", reference)[:255]


def our_payment_id(invoice: object) -> str | None:
    """The payment that `invoice_number` named; None for anybody else's number."""
    match = _OUR_ID.search(str(invoice or ""))
    return str(UUID(match[1])) if match is not None and match.end() == len(str(invoice)) else None


# --- objects ------------------------------------------------------------------------------------------------


def created(body: Mapping[str, Any], req: CreatePayment) -> PaymentSnapshot:
    """The snapshot of a new payment. What later calls need travels in `ref.extra`."""
    url = body["bkashURL"]
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise ValueError("bKash gave no address to pay at")
    deadline = min(req.expires_at, moment(body["paymentCreateTime"]) + PAYMENT_LIFE)
    extra = {"expires_at": deadline.isoformat(), "amount": req.amount.amount_text(), "url": url}
    return payment_snapshot(body, ProviderRef(_text(body["paymentID"]), extra=extra), now=None)


def deadline_of(ref: ProviderRef) -> datetime | None:
    text = ref.extra.get("expires_at")
    return datetime.fromisoformat(text) if text else None


def payment_snapshot(body: Mapping[str, Any], ref: ProviderRef, *, now: datetime | None) -> PaymentSnapshot:
    """The answer of create, execute or query. After its deadline nobody executes a payment: it is expired."""
    if str(body["paymentID"]) != ref.object_id:
        raise ValueError("bKash answered about another payment")
    state = PAYMENT_STATES[body["transactionStatus"]]
    deadline = deadline_of(ref)
    if state is PaymentState.PENDING and now is not None and deadline is not None and now >= deadline:
        state = PaymentState.EXPIRED
    currency = body["currency"]
    # A coupon lowers what reaches the merchant, who gave a part of it: the price is met by what was sold.
    said = money(body.get("saleAmount") or body["amount"], currency)
    asked = money(ref.extra["amount"]) if "amount" in ref.extra else said
    nothing = Money.zero(said.currency)
    charges = (Charge(_text(body["trxID"]), said, _executed_at(body)),) if state is PaymentState.PAID else ()
    return PaymentSnapshot(
        ref=ProviderRef(ref.object_id, charges[0].charge_id if charges else ref.charge_id, ref.extra),
        state=state,
        amount=asked,
        received=said if charges else nothing,
        refunded=_refunded(body) if charges else nothing,
        charges=charges,
        next_action=_next_action(state, ref),
        occurred_at=charges[0].occurred_at if charges else None,
        raw=kept(body),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("bKash left out a name")
    return value


def _next_action(state: PaymentState, ref: ProviderRef) -> NextAction:
    url = ref.extra.get("url")
    return NextAction("redirect", url=url) if state is PaymentState.PENDING and url else NextAction("none")


def _executed_at(body: Mapping[str, Any]) -> datetime:
    names = ("paymentExecuteTime", "completedTime", "updateTime", "paymentCreateTime")
    return moment(str(next(body[name] for name in names if body.get(name))))


def _refunded(body: Mapping[str, Any]) -> Money:
    """Only a question is answered with what is left to refund; an execution is too young for any."""
    paid, left = money(body["amount"], body["currency"]), body.get("maxRefundableAmount")
    return Money.zero(paid.currency) if left in (None, "") else paid - money(left, paid.currency)


def refund_snapshot(body: Mapping[str, Any], ref: ProviderRef) -> RefundSnapshot:
    """The answer to a refund, or one entry of the list of refunds."""
    state = REFUND_STATES[body["refundTransactionStatus"]]
    return RefundSnapshot(
        provider_id=_text(body["refundTrxId"]),
        state=state,
        amount=money(body["refundAmount"], body.get("currency") or BDT),
        payment=ProviderRef(ref.object_id),
        error_code="failed" if state is RefundState.FAILED else None,
        raw=kept(body),
    )


def payout_snapshot(body: Mapping[str, Any]) -> PayoutSnapshot:
    state = PAYOUT_STATES[body.get("transactionStatus") or "Completed"]
    return PayoutSnapshot(
        provider_id=_text(body["trxID"]),
        state=state,
        amount=money(body["amount"], body.get("currency") or BDT),
        error_code="failed" if state is PayoutState.FAILED else None,
        raw=kept(body),
    )
