"""The gateway's JSON in the words of the port."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, PayoutState, RefundState
from freehold.ports.payment_gateway import (
    Charge,
    ErrorKind,
    LedgerLine,
    NextAction,
    PaymentSnapshot,
    PayoutSnapshot,
    ProviderRef,
    RefundSnapshot,
)

PAYMENT_STATES = {
    "open": PaymentState.PENDING,
    "processing": PaymentState.PROCESSING,
    "authorized": PaymentState.AUTHORIZED,
    "paid": PaymentState.PAID,
    "canceled": PaymentState.CANCELLED,
    "expired": PaymentState.EXPIRED,
}
REFUND_STATES = {"succeeded": RefundState.SUCCEEDED, "failed": RefundState.FAILED}
PAYOUT_STATES = {"paid": PayoutState.PAID, "failed": PayoutState.FAILED, "reversed": PayoutState.REVERSED}
ERROR_KINDS: dict[str, ErrorKind] = {"payer": "payer"}


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def payment_snapshot(body: Mapping[str, Any]) -> PaymentSnapshot:
    currency = body["currency"]
    state = PAYMENT_STATES[body["status"]]
    error = body["last_error"] or {}
    payable = state is PaymentState.PENDING
    charges = tuple(
        Charge(charge["id"], Money(charge["amount"], currency), moment(charge["created"])) for charge in body["charges"]
    )
    return PaymentSnapshot(
        ref=ProviderRef(object_id=body["id"], charge_id=body["latest_charge"]),
        state=state,
        amount=Money(body["amount"], currency),
        received=Money(body["amount_received"], currency),
        refunded=Money(body["amount_refunded"], currency),
        charges=charges,
        next_action=NextAction("redirect", url=body["checkout_url"]) if payable else NextAction("none"),
        error_code=error.get("code"),
        error_kind=ERROR_KINDS.get(error.get("kind", ""), "provider") if error else None,
        occurred_at=charges[-1].occurred_at if charges else None,
        raw=body,
    )


def refund_snapshot(body: Mapping[str, Any]) -> RefundSnapshot:
    return RefundSnapshot(
        provider_id=body["id"],
        state=REFUND_STATES[body["status"]],
        amount=Money(body["amount"], body["currency"]),
        payment=ProviderRef(object_id=body["payment"]),
        error_code=body["failure_code"],
        raw=body,
    )


def payout_snapshot(body: Mapping[str, Any]) -> PayoutSnapshot:
    return PayoutSnapshot(
        provider_id=body["id"],
        state=PAYOUT_STATES[body["status"]],
        amount=Money(body["amount"], body["currency"]),
        error_code=body["failure_code"],
        raw=body,
    )


def ledger_line(body: Mapping[str, Any]) -> LedgerLine:
    """The line of a refund that came back has the refund's id and a positive amount."""
    return LedgerLine(
        provider_id=body["source"],
        kind=body["kind"],
        amount=Money(body["amount"], body["currency"]),
        related_id=body["related"],
        occurred_at=moment(body["created"]),
    )
