"""Razorpay's JSON in the words of the port.

An order is our payment object; Razorpay's "payments" are the tries at it, and each one that was captured is a charge.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from freehold.adapters.payments.razorpay.amounts import from_wire
from freehold.domain.payment_states import DisputeState, PaymentState, PayoutState, RefundState
from freehold.ports.payment_gateway import (
    Charge,
    DisputeSnapshot,
    ErrorKind,
    NextAction,
    PaymentSnapshot,
    PayoutSnapshot,
    ProviderRef,
    RefundSnapshot,
)

type Json = Mapping[str, Any]

REFUND_STATES = {
    "pending": RefundState.PENDING,
    "processed": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
}
PAYOUT_STATES = {
    "queued": PayoutState.PENDING,
    "pending": PayoutState.PENDING,
    "scheduled": PayoutState.PENDING,
    "processing": PayoutState.PENDING,
    "processed": PayoutState.PAID,
    "rejected": PayoutState.FAILED,
    "failed": PayoutState.FAILED,
    "cancelled": PayoutState.CANCELLED,
    "reversed": PayoutState.REVERSED,
}
DISPUTE_STATES = {
    "open": DisputeState.OPEN,
    "under_review": DisputeState.OPEN,
    "action_required": DisputeState.OPEN,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
}
ERROR_KINDS: dict[str, ErrorKind] = {
    "customer": "payer",
    "customer_psp": "payer",
    "bank": "payer",
    "issuer": "payer",
    "issuer_bank": "payer",
    "beneficiary_bank": "payer",
    "business": "config",
}
PERSONAL = ("contact", "email", "vpa", "bank", "wallet", "card", "card_id", "upi", "token_id", "customer_id")
PRIVATE = (*PERSONAL, "acquirer_data", "bank_account", "fund_account")


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


# --- payments -----------------------------------------------------------------------------------------------


def was_captured(payment: Json) -> bool:
    """A payment that was authorised and let go is "refunded" too, but its money was never ours."""
    return payment["status"] == "captured" or (payment["status"] == "refunded" and bool(payment["captured"]))


def order_snapshot(order: Json, payments: Iterable[Json], *, offer: Callable[[Json], NextAction]) -> PaymentSnapshot:
    """The whole order. `offer` tells how it can be paid while it can.

    What the bank has agreed to is held only where we want to capture by hand. Otherwise Razorpay is about to take it,
    or, when the bank was too late, to let it go: no final answer yet.
    """
    snapshot = _snapshot(order["id"], order["currency"], payments)
    held = snapshot.state is PaymentState.AUTHORIZED
    return PaymentSnapshot(
        ref=snapshot.ref,
        state=PaymentState.PROCESSING if held and not is_by_hand(order) else snapshot.state,
        amount=from_wire(order["amount"], order["currency"]),
        received=snapshot.received,
        refunded=snapshot.refunded,
        charges=snapshot.charges,
        next_action=offer(order) if snapshot.state is PaymentState.PENDING else NextAction("none"),
        error_code=snapshot.error_code,
        error_kind=snapshot.error_kind,
        occurred_at=snapshot.occurred_at,
        raw={"order": public(order), **snapshot.raw},
    )


def lone_snapshot(payment: Json) -> PaymentSnapshot | None:
    """What one try tells of its order: all that most events carry. What the order asked for, they do not tell; nor,
    for one that the bank has just agreed to, what becomes of it: then only a question helps."""
    if payment["status"] == "authorized" and not is_by_hand(payment):
        return None
    return _snapshot(payment.get("order_id") or payment["id"], payment["currency"], [payment])


def is_by_hand(entity: Json) -> bool:
    return notes(entity).get("capture") == "manual"


def _snapshot(object_id: str, currency: str, payments: Iterable[Json]) -> PaymentSnapshot:
    tries = sorted(payments, key=lambda payment: (payment["created_at"], payment["id"]))
    captured = [payment for payment in tries if was_captured(payment)]
    ours = [payment for payment in captured if payment["currency"] == currency]
    charges = tuple(
        Charge(payment["id"], from_wire(payment["amount"], payment["currency"]), moment(payment["created_at"]))
        for payment in captured
    )
    failed = tries[-1] if tries and tries[-1]["status"] == "failed" else None
    return PaymentSnapshot(
        ref=ProviderRef(object_id=object_id, charge_id=charges[-1].charge_id if charges else None),
        state=_state(tries, captured),
        amount=None,
        received=from_wire(sum(payment["amount"] for payment in ours), currency),
        refunded=from_wire(sum(payment["amount_refunded"] or 0 for payment in ours), currency),
        charges=charges,
        error_code=_reason(failed) if failed else None,
        error_kind=ERROR_KINDS.get(str(failed.get("error_source")), "provider") if failed else None,
        occurred_at=charges[-1].occurred_at if charges else None,
        raw={"payments": [public(payment) for payment in tries]},
    )


def _state(tries: list[Json], captured: list[Json]) -> PaymentState:
    """An order survives failed tries. One that only ever had money that was let go again is over until somebody
    pays it anew."""
    if captured:
        return PaymentState.PAID
    if any(payment["status"] == "authorized" for payment in tries):
        return PaymentState.AUTHORIZED
    if tries and tries[-1]["status"] == "refunded":
        return PaymentState.CANCELLED
    return PaymentState.PENDING


def _reason(payment: Json) -> str:
    return str(payment.get("error_reason") or payment.get("error_code") or "payment_failed")


# --- refunds, payouts, disputes -----------------------------------------------------------------------------


def refund_snapshot(refund: Json, *, object_id: str) -> RefundSnapshot:
    state = REFUND_STATES[refund["status"]]
    return RefundSnapshot(
        provider_id=refund["id"],
        state=state,
        amount=from_wire(refund["amount"], refund["currency"]),
        payment=ProviderRef(object_id=object_id, charge_id=refund["payment_id"]),
        error_code="refund_failed" if state is RefundState.FAILED else None,
        raw=public(refund),
    )


def payout_snapshot(payout: Json) -> PayoutSnapshot:
    state = PAYOUT_STATES[payout["status"]]
    bad = state in (PayoutState.FAILED, PayoutState.REVERSED, PayoutState.CANCELLED)
    return PayoutSnapshot(
        provider_id=payout["id"],
        state=state,
        amount=from_wire(payout["amount"], payout["currency"]),
        error_code=_payout_reason(payout) if bad else None,
        raw=public(payout),
    )


def _payout_reason(payout: Json) -> str:
    details = payout.get("status_details")
    told = details.get("reason") if isinstance(details, dict) else None
    return str(told or payout.get("failure_reason") or payout["status"])[:60]


def dispute_snapshot(dispute: Json, *, object_id: str) -> DisputeSnapshot:
    """Money is deducted when a dispute is lost. A closed one ended without a verdict: what was deducted tells how."""
    currency = dispute["currency"]
    deducted = from_wire(dispute.get("amount_deducted") or 0, currency)
    closed = DisputeState.LOST if deducted.is_positive else DisputeState.WON
    respond_by = dispute.get("respond_by")
    return DisputeSnapshot(
        provider_id=dispute["id"],
        state=closed if dispute["status"] == "closed" else DISPUTE_STATES[dispute["status"]],
        amount=from_wire(dispute["amount"], currency),
        payment=ProviderRef(object_id=object_id, charge_id=dispute["payment_id"]),
        withdrawn=deducted,
        reason=str(dispute.get("reason_code") or ""),
        respond_by=moment(respond_by) if respond_by else None,
        raw=public(dispute),
    )


# --- parts --------------------------------------------------------------------------------------------------


def public(entity: Json) -> dict[str, Any]:
    """Without what identifies or reaches the payer."""
    return {name: value for name, value in entity.items() if name not in PRIVATE}


def notes(entity: Json) -> Mapping[str, Any]:
    """Razorpay shows empty notes as a list."""
    found = entity.get("notes")
    return found if isinstance(found, dict) else {}
