"""Money that the merchant sends: transfers to connected accounts, payouts to a bank."""

import re

from freehold.simulators.stripe import balance, objects
from freehold.simulators.stripe.errors import Refusal
from freehold.simulators.stripe.params import Params
from freehold.simulators.stripe.store import Body, Store

TRANSFER_PARAMS = (
    "amount",
    "currency",
    "destination",
    "description",
    "metadata",
    "source_transaction",
    "source_type",
    "transfer_group",
)
PAYOUT_PARAMS = (
    "amount",
    "currency",
    "destination",
    "description",
    "metadata",
    "method",
    "source_type",
    "statement_descriptor",
)
BOUNCES_AFTER_S = 0.5
ARRIVES_AFTER_S = 0.2
ACCOUNT = re.compile(r"acct_[A-Za-z0-9]+")
BANK = re.compile(r"(ba|card)_[A-Za-z0-9]+")


def transfer(store: Store, params: Params) -> tuple[int, Body]:
    amount, currency = params.positive("amount"), params.currency()
    destination = params.required("destination")
    if amount is None:
        raise Refusal.bad("amount", "Missing required param: amount.", code="parameter_missing")
    if not ACCOUNT.fullmatch(destination) or destination.endswith("missing"):
        raise Refusal.missing("destination", destination, param="destination")
    balance.need(store, amount, currency)
    sent = objects.transfer(
        id_=store.new_id("transfer"),
        amount=amount,
        currency=currency,
        destination=destination,
        created=store.seconds(),
        livemode=store.livemode,
    )
    sent |= {
        "description": params.text("description"),
        "metadata": params.metadata(),
        "transfer_group": params.text("transfer_group"),
        "source_transaction": params.text("source_transaction"),
    }
    line = balance.book(store, type_="transfer", amount=-amount, currency=currency, source=sent["id"])
    sent["balance_transaction"] = line["id"]
    store.put(sent)
    store.tell("transfer.created", sent)
    if destination.endswith("bounce"):
        store.books.schedule("reverse_transfer", sent["id"], due_at=store.books.now() + BOUNCES_AFTER_S)
    return 200, sent


def reverse(store: Store, transfer_id: str, params: Params) -> tuple[int, Body]:
    sent = store.get("transfer", transfer_id)
    left = sent["amount"] - sent["amount_reversed"]
    amount = params.positive("amount") or left
    if not 0 < amount <= left:
        raise Refusal.bad("amount", "Reversal amount is greater than unreversed amount.")
    reversal = objects.transfer_reversal(
        sent, id_=store.new_id("transfer_reversal"), amount=amount, created=store.seconds()
    )
    line = balance.book(store, type_="transfer_refund", amount=amount, currency=sent["currency"], source=reversal["id"])
    reversal |= {"balance_transaction": line["id"], "metadata": params.metadata()}
    store.put(reversal, parent=transfer_id)
    sent["amount_reversed"] += amount
    sent["reversed"] = sent["amount_reversed"] == sent["amount"]
    sent["reversals"]["data"] = [reversal, *sent["reversals"]["data"]]
    store.save(sent)
    store.tell("transfer.reversed", sent)
    return 200, reversal


def payout(store: Store, params: Params) -> tuple[int, Body]:
    amount, currency = params.positive("amount"), params.currency()
    destination = params.text("destination") or "ba_default"
    if amount is None:
        raise Refusal.bad("amount", "Missing required param: amount.", code="parameter_missing")
    if not BANK.fullmatch(destination) or destination.endswith("missing"):
        raise Refusal.missing("external account", destination, param="destination")
    balance.need(store, amount, currency)
    sent = objects.payout(
        id_=store.new_id("payout"),
        amount=amount,
        currency=currency,
        destination=destination,
        created=store.seconds(),
        livemode=store.livemode,
    )
    sent |= {
        "description": params.text("description"),
        "metadata": params.metadata(),
        "statement_descriptor": params.text("statement_descriptor"),
    }
    line = balance.book(store, type_="payout", amount=-amount, currency=currency, source=sent["id"])
    sent["balance_transaction"] = line["id"]
    store.put(sent)
    store.tell("payout.created", sent)
    now = store.books.now()
    if not destination.endswith("fail"):
        store.books.schedule("pay_out", sent["id"], due_at=now + ARRIVES_AFTER_S)
    if destination.endswith(("fail", "return")):
        store.books.schedule("fail_payout", sent["id"], due_at=now + ARRIVES_AFTER_S + BOUNCES_AFTER_S)
    return 200, sent


def arrive(store: Store, payout_id: str) -> None:
    sent = store.get("payout", payout_id)
    if sent["status"] == "pending":
        sent["status"] = "paid"
        store.save(sent)
        store.tell("payout.paid", sent)


def fail(store: Store, payout_id: str) -> None:
    """The bank does not take it, or sends it back."""
    sent = store.get("payout", payout_id)
    if sent["status"] not in ("pending", "paid"):
        return
    line = balance.book(
        store, type_="payout_failure", amount=sent["amount"], currency=sent["currency"], source=payout_id
    )
    sent |= {
        "status": "failed",
        "failure_code": "account_closed",
        "failure_message": "The bank account has been closed.",
        "failure_balance_transaction": line["id"],
    }
    store.save(sent)
    store.tell("payout.failed", sent)


def cancel(store: Store, payout_id: str) -> tuple[int, Body]:
    sent = store.get("payout", payout_id)
    if sent["status"] != "pending":
        raise Refusal(400, f"Payouts can only be canceled while pending, not {sent['status']}.")
    balance.book(
        store,
        type_="payout_cancel",
        amount=sent["amount"],
        currency=sent["currency"],
        source=payout_id,
        category="payout_reversal",
    )
    sent["status"] = "canceled"
    store.save(sent)
    store.tell("payout.canceled", sent)
    return 200, sent
