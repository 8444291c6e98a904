"""Stripe's JSON in the words of the port."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeGuard

from freehold.adapters.payments.stripe.amounts import from_wire
from freehold.domain.money import Money
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

INTENT_STATES = {
    "requires_payment_method": PaymentState.PENDING,
    "requires_confirmation": PaymentState.PENDING,
    "requires_action": PaymentState.PENDING,
    "processing": PaymentState.PROCESSING,
    "requires_capture": PaymentState.AUTHORIZED,
    "succeeded": PaymentState.PAID,
    "canceled": PaymentState.CANCELLED,
}
SESSION_STATES = {
    "open": PaymentState.PENDING,
    "complete": PaymentState.PROCESSING,  # until the intent behind it tells more
    "expired": PaymentState.EXPIRED,
}
REFUND_STATES = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.CANCELLED,
}
PAYOUT_STATES = {
    "pending": PayoutState.PENDING,
    "in_transit": PayoutState.PENDING,
    "paid": PayoutState.PAID,
    "failed": PayoutState.FAILED,
    "canceled": PayoutState.CANCELLED,
}
DISPUTE_STATES = {
    "won": DisputeState.WON,
    "warning_closed": DisputeState.WON,
    "prevented": DisputeState.WON,
    "lost": DisputeState.LOST,
}
FRAUD_CODES = frozenset({"fraudulent", "stolen_card", "lost_card", "merchant_blacklist", "pickup_card"})
PRIVATE = frozenset(
    {"client_secret", "billing_details", "customer_details", "payment_method_details", "receipt_email", "shipping"}
)
"""Never kept: secrets of the browser, and what belongs to the payer alone."""


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def without_private(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: without_private(each) for key, each in value.items() if key not in PRIVATE}
    if isinstance(value, list):
        return [without_private(each) for each in value]
    return value


def id_of(thing: Any) -> str | None:
    """The id of an object that may be expanded or not."""
    found = thing.get("id") if isinstance(thing, Mapping) else thing
    return str(found) if found else None


def metadata(body: Json) -> Mapping[str, str]:
    found = body.get("metadata")
    return found if isinstance(found, Mapping) else {}


# --- payments ---------------------------------------------------------------------------------------------


def intent_snapshot(
    intent: Json,
    *,
    object_id: str | None = None,
    at: datetime | None = None,
    browser: Mapping[str, str] | None = None,
) -> PaymentSnapshot:
    """`object_id`: of the session that the intent belongs to. `at`: when an event about it was made, whose charge has
    no time of its own. `browser`: what a page needs beside the intent's secret; without it there is no next action."""
    state = INTENT_STATES[intent["status"]]
    amount = from_wire(intent["amount"], intent["currency"])
    charge = intent.get("latest_charge")
    charges = _charges(intent, amount.currency, at)
    error = intent.get("last_payment_error") or {}
    is_bare = object_id is None
    return PaymentSnapshot(
        ref=ProviderRef(
            object_id=object_id or intent["id"],
            charge_id=charges[-1].charge_id if charges else None,
            extra={**({} if is_bare else {"payment_intent": intent["id"]}), **_kept_method(intent)},
        ),
        state=state,
        amount=amount,
        received=Money.sum((each.received for each in charges), amount.currency),
        refunded=_refunded_so_far(charge, intent["currency"]),
        charges=charges,
        next_action=_confirm_in_browser(intent, browser) if is_bare else NextAction("none"),
        error_code=_error_code(error),
        error_kind=_error_kind(error),
        occurred_at=charges[-1].occurred_at if charges else None,
        held_until=_held_until(charge) if state is PaymentState.AUTHORIZED else None,
        raw=without_private(intent),
    )


def _kept_method(intent: Json) -> dict[str, str]:
    """With what it can be held anew without the payer: only who agreed to that is a customer there."""
    customer, method = id_of(intent.get("customer")), id_of(intent.get("payment_method"))
    return {"customer": customer, "payment_method": method} if customer and method else {}


def _held_until(charge: Any) -> datetime | None:
    """Each card network has its own time; Stripe tells it with the charge."""
    details = charge.get("payment_method_details") if _is_open(charge) else None
    card = details.get("card") if isinstance(details, Mapping) else None
    before = card.get("capture_before") if isinstance(card, Mapping) else None
    return moment(before) if before else None


def session_snapshot(session: Json) -> PaymentSnapshot:
    """A Checkout Session; its intent is read as well where it is expanded."""
    intent = session.get("payment_intent")
    state = SESSION_STATES[session["status"]]
    if not _is_open(intent):
        return PaymentSnapshot(
            ref=ProviderRef(session["id"], extra={"payment_intent": intent} if intent else {}),
            state=state,
            amount=from_wire(session["amount_total"], session["currency"]),
            received=Money.zero(str(session["currency"]).upper()),
            refunded=None if intent else Money.zero(str(session["currency"]).upper()),
            next_action=_go_to(session),
            raw=without_private(session),
        )
    seen = intent_snapshot(intent, object_id=session["id"])
    if session["status"] == "open" and seen.state is PaymentState.PENDING:
        return replace(seen, next_action=_go_to(session), raw=without_private(session))
    if session["status"] == "complete" and seen.state is PaymentState.PENDING:
        # A bank debit came back. A completed page cannot be paid again: the next try is another attempt.
        return replace(seen, state=PaymentState.FAILED, raw=without_private(session))
    if session["status"] == "expired" and seen.state in (PaymentState.PENDING, PaymentState.CANCELLED):
        return replace(seen, state=PaymentState.EXPIRED, raw=without_private(session))
    return replace(seen, raw=without_private(session))


def _is_open(thing: Any) -> TypeGuard[Json]:
    """Whether the object itself is here, and not its id only."""
    return isinstance(thing, Mapping)


def _charges(intent: Json, currency: str, at: datetime | None) -> tuple[Charge, ...]:
    """An intent succeeds once: one charge at most. Earlier ones of it were declined."""
    charge = intent.get("latest_charge")
    received = intent.get("amount_received")
    if _is_open(charge):
        is_ours = charge["status"] == "succeeded" and charge.get("captured", True)
        taken = charge.get("amount_captured", charge["amount"]) if received is None else received
        if not is_ours or not taken:
            return ()
        return (Charge(charge["id"], from_wire(taken, currency), moment(charge["created"])),)
    if charge and received:
        return (Charge(charge, from_wire(received, currency), at or moment(intent["created"])),)
    return ()


def _refunded_so_far(charge: Any, currency: str) -> Money | None:
    """None when only the charge itself could tell."""
    if _is_open(charge):
        return from_wire(charge.get("amount_refunded", 0), currency)
    return None if charge else Money.zero(currency.upper())


def _confirm_in_browser(intent: Json, browser: Mapping[str, str] | None) -> NextAction:
    is_open = INTENT_STATES[intent["status"]] is PaymentState.PENDING and intent.get("client_secret")
    if browser is None or not is_open:
        return NextAction("none")
    return NextAction("client_sdk", client={**browser, "client_secret": intent["client_secret"]})


def _go_to(session: Json) -> NextAction:
    if session["status"] == "open" and session.get("url"):
        return NextAction("redirect", url=session["url"])
    return NextAction("none")


def _error_code(error: Json) -> str | None:
    return str(error.get("decline_code") or error.get("code") or "payment_failed") if error else None


def _error_kind(error: Json) -> ErrorKind | None:
    if not error:
        return None
    if error.get("decline_code") in FRAUD_CODES:
        return "fraud"
    return "payer" if error.get("type") in ("card_error", "invalid_request_error", None) else "provider"


# --- refunds, payouts, disputes ---------------------------------------------------------------------------


def refund_snapshot(refund: Json, *, payment: ProviderRef | None = None) -> RefundSnapshot:
    """A refund of ours names its payment in its metadata; of another one only the charge is common to us and Stripe."""
    return RefundSnapshot(
        provider_id=refund["id"],
        state=REFUND_STATES[refund["status"]],
        amount=from_wire(refund["amount"], refund["currency"]),
        payment=_refunded(refund, payment),
        error_code=refund.get("failure_reason"),
        raw=without_private(refund),
    )


def _refunded(refund: Json, payment: ProviderRef | None) -> ProviderRef | None:
    charge_id, intent_id = id_of(refund.get("charge")), id_of(refund.get("payment_intent"))
    known = payment.object_id if payment else metadata(refund).get("payment_object")
    # The charge, when it is all that we can have in common: a session is never named by what came of it.
    object_id = known or charge_id or intent_id
    return ProviderRef(object_id, charge_id, _named(intent_id)) if object_id else None


def _named(intent_id: str | None) -> dict[str, str]:
    return {"payment_intent": intent_id} if intent_id else {}


def payout_snapshot(payout: Json) -> PayoutSnapshot:
    """To a bank account. `paid` may still become `failed`."""
    return PayoutSnapshot(
        provider_id=payout["id"],
        state=PAYOUT_STATES[payout["status"]],
        amount=from_wire(payout["amount"], payout["currency"]),
        error_code=payout.get("failure_code"),
        raw=without_private(payout),
    )


def transfer_snapshot(transfer: Json) -> PayoutSnapshot:
    """To a connected account: done at once, unless it is reversed as a whole."""
    return PayoutSnapshot(
        provider_id=transfer["id"],
        state=PayoutState.REVERSED if transfer.get("reversed") else PayoutState.PAID,
        amount=from_wire(transfer["amount"], transfer["currency"]),
        raw=without_private(transfer),
    )


def sent_snapshot(body: Json) -> PayoutSnapshot:
    return transfer_snapshot(body) if body["object"] == "transfer" else payout_snapshot(body)


def dispute_snapshot(dispute: Json) -> DisputeSnapshot:
    currency = dispute["currency"]
    charge_id, intent_id = id_of(dispute.get("charge")), id_of(dispute.get("payment_intent"))
    object_id = charge_id or intent_id
    lines = dispute.get("balance_transactions") or ()
    moved = [line for line in lines if line["currency"] == currency]
    # Taken out of a balance in another currency: how much that is in ours, Stripe does not say.
    withdrawn = None if lines and not moved else from_wire(-sum(line["amount"] for line in moved), currency)
    due = (dispute.get("evidence_details") or {}).get("due_by")
    return DisputeSnapshot(
        provider_id=dispute["id"],
        state=DISPUTE_STATES.get(dispute["status"], DisputeState.OPEN),
        amount=from_wire(dispute["amount"], currency),
        payment=ProviderRef(object_id, charge_id, _named(intent_id)) if object_id else None,
        withdrawn=withdrawn,
        reason=str(dispute.get("reason") or ""),
        respond_by=moment(due) if due else None,
        raw=without_private(dispute),
    )
