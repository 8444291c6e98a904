"""Refunds, and disputes: money that goes back because the merchant or the payer's bank wants it."""

from freehold.simulators.stripe import balance, objects
from freehold.simulators.stripe.errors import Refusal
from freehold.simulators.stripe.params import Params
from freehold.simulators.stripe.store import Body, Store

REFUND_PARAMS = ("payment_intent", "charge", "amount", "reason", "metadata")
REASONS = ("duplicate", "fraudulent", "requested_by_customer")
DISPUTE_FEE = 1500
RESPOND_WITHIN_S = 10 * 24 * 3600


def create(store: Store, params: Params) -> tuple[int, Body]:
    charge = _refundable(store, params)
    left = charge["amount_captured"] - charge["amount_refunded"]
    reason = params.choice("reason", REASONS)
    amount = params.positive("amount") or left
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise Refusal(400, message, code="charge_already_refunded")
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise Refusal.bad("amount", message)
    refund = objects.refund(
        charge,
        id_=store.new_id("refund"),
        amount=amount,
        created=store.seconds(),
        reason=reason,
        metadata=params.metadata(),
    )
    line = balance.book(store, type_="refund", amount=-amount, currency=charge["currency"], source=refund["id"])
    refund["balance_transaction"] = line["id"]
    store.put(refund, parent=charge["id"])
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    store.save(charge)
    store.tell("refund.created", refund)
    store.tell("charge.refunded", charge)
    delay = store.noted(charge["payment_intent"], "refund_failure_s")
    if delay is not None:
        store.books.schedule("fail_refund", refund["id"], due_at=store.books.now() + float(delay))
    return 200, refund


def _refundable(store: Store, params: Params) -> Body:
    intent_id, charge_id = params.text("payment_intent"), params.text("charge")
    if intent_id:
        intent = store.get("payment_intent", intent_id, param="payment_intent")
        if intent["status"] != "succeeded":
            message = f"This PaymentIntent ({intent_id}) does not have a successful charge to refund."
            raise Refusal.bad("payment_intent", message)
        charge_id = intent["latest_charge"]
    if not charge_id:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise Refusal(400, message, code="parameter_missing")
    charge = store.get("charge", charge_id, param="charge")
    if charge["disputed"]:
        raise Refusal(400, f"Charge {charge_id} has been charged back; cannot issue a refund.", code="charge_disputed")
    if not charge["captured"]:
        raise Refusal(400, f"Charge {charge_id} does not have a successful charge to refund.")
    return charge


def fail(store: Store, refund_id: str) -> None:
    """The payer's bank sends the refund back: the money is the merchant's again."""
    refund = store.get("refund", refund_id)
    if refund["status"] != "succeeded":
        return
    line = balance.book(
        store, type_="refund_failure", amount=refund["amount"], currency=refund["currency"], source=refund_id
    )
    refund |= {
        "status": "failed",
        "failure_reason": "expired_or_canceled_card",
        "failure_balance_transaction": line["id"],
    }
    store.save(refund)
    charge = store.get("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    store.save(charge)
    store.tell("refund.updated", refund)
    store.tell("refund.failed", refund)


# --- disputes -------------------------------------------------------------------------------------------------


def open_dispute(store: Store, charge: Body, *, reason: str) -> Body:
    if charge["disputed"] or not charge["captured"]:
        raise Refusal(400, f"Charge {charge['id']} cannot be disputed.")
    now = store.seconds()
    dispute = objects.dispute(
        charge, id_=store.new_id("dispute"), created=now, respond_by=now + RESPOND_WITHIN_S, reason=reason
    )
    store.put(dispute, parent=charge["id"])
    _move(store, dispute, -dispute["amount"], fee=DISPUTE_FEE)
    charge["disputed"] = True
    store.save(charge)
    store.tell("charge.dispute.created", dispute)
    store.tell("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(store: Store, dispute_id: str, *, won: bool) -> Body:
    dispute = store.get("dispute", dispute_id)
    if dispute["status"] in ("won", "lost"):
        raise Refusal(400, f"This dispute is already {dispute['status']}.")
    dispute["status"] = "won" if won else "lost"
    if won:
        _move(store, dispute, dispute["amount"], fee=0)
        store.tell("charge.dispute.funds_reinstated", dispute)
    store.save(dispute)
    store.tell("charge.dispute.closed", dispute)
    return dispute


def _move(store: Store, dispute: Body, amount: int, *, fee: int) -> None:
    category = "dispute" if amount < 0 else "dispute_reversal"
    line = balance.book(
        store,
        type_="adjustment",
        amount=amount,
        currency=dispute["currency"],
        source=dispute["id"],
        fee=fee,
        category=category,
    )
    dispute["balance_transactions"] = [*dispute["balance_transactions"], line]
    store.save(dispute)
