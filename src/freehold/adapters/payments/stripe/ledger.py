"""Stripe's balance transactions as lines of the provider's books: what moved, and what Stripe kept, apart."""

from collections.abc import Iterator, Mapping
from typing import Any

from freehold.adapters.payments.stripe.amounts import from_wire
from freehold.adapters.payments.stripe.translate import id_of, metadata, moment
from freehold.domain.money import Money
from freehold.ports.payment_gateway import LedgerLine

type Json = Mapping[str, Any]

KINDS = {
    "charge": "payment",
    "payment": "payment",
    "payment_failure_refund": "payment",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund",
    "payout": "payout",
    "payout_cancel": "payout",
    "payout_failure": "payout",
    "transfer": "payout",
    "transfer_cancel": "payout",
    "transfer_failure": "payout",
    "transfer_refund": "payout",
    "application_fee": "fee",
    "network_cost": "fee",
    "stripe_fee": "fee",
    "tax_fee": "fee",
}


def ledger_lines(line: Json) -> Iterator[LedgerLine]:
    """The movement, and a line of its own for the fee that was taken out of it."""
    source = line.get("source")
    kind: Any = KINDS.get(line["type"], "other")
    if line["type"] == "adjustment" and isinstance(source, Mapping) and source.get("object") == "dispute":
        kind = "dispute"
    related, at = _related(source), moment(line["created"])
    ours = metadata(source).get("payment_id") if isinstance(source, Mapping) else None
    yield LedgerLine(id_of(source) or line["id"], kind, _amount(line, source), related, at, ours)
    if line.get("fee"):
        yield LedgerLine(line["id"], "fee", -from_wire(line["fee"], line["currency"]), related, at, ours)


def _amount(line: Json, source: Any) -> Money:
    """In the payer's currency, which our books are kept in; a balance may be kept in another."""
    if not isinstance(source, Mapping) or source.get("currency") in (None, line["currency"]):
        return from_wire(line["amount"], line["currency"])
    size = source.get("amount_captured") or source["amount"]
    return from_wire(size if line["amount"] >= 0 else -size, source["currency"])


def _related(source: Any) -> str | None:
    """The intent of a charge; the charge of a refund or a dispute; a payout or transfer itself."""
    if not isinstance(source, Mapping):
        return id_of(source)
    owner = source.get("transfer") if source.get("object") == "transfer_reversal" else source
    return id_of(source.get("charge")) or id_of(source.get("payment_intent")) or id_of(owner)
