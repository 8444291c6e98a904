"""The JSON that the gateway shows of its rows."""

import json
from typing import Any

from freehold.simulators.kit.books import Books, Row
from freehold.simulators.sandbox.books import ACCOUNT

ERROR_MESSAGES = {
    "card_declined": "The bank declined the payment. Nothing was taken; try again.",
    "authentication_failed": "The payer did not confirm the payment at the bank.",
}


def payment_object(books: Books, payment: Row, *, public_url: str) -> dict[str, Any]:
    """The whole payment as it stands now."""
    charges = books.rows("SELECT * FROM charge WHERE payment_id = :id ORDER BY created, rowid", id=payment["id"])
    refunded = books.number(
        "SELECT sum(amount) FROM refund WHERE payment_id = :id AND status <> 'failed'", id=payment["id"]
    )
    code = payment["error_code"]
    return {
        "id": payment["id"],
        "object": "payment",
        "account": ACCOUNT,
        "livemode": False,
        "status": payment["status"],
        "amount": payment["amount"],
        "amount_capturable": payment["amount_capturable"],
        "amount_received": sum(charge["amount"] for charge in charges),
        "amount_refunded": refunded,
        "currency": payment["currency"],
        "capture": payment["capture"],
        "reference": payment["reference"],
        "description": payment["description"],
        "merchant": payment["merchant"],
        "checkout_url": f"{public_url}/checkout/{payment['token']}",
        "latest_charge": charges[-1]["id"] if charges else None,
        "charges": [
            {"id": charge["id"], "amount": charge["amount"], "created": charge["created"]} for charge in charges
        ],
        "last_error": code and {"code": code, "kind": "payer", "message": ERROR_MESSAGES[code]},
        "metadata": json.loads(payment["metadata"]),
        "expires_at": payment["expires_at"],
        "created": payment["created"],
    }


def refund_object(refund: Row, *, currency: str) -> dict[str, Any]:
    return {
        "id": refund["id"],
        "object": "refund",
        "payment": refund["payment_id"],
        "amount": refund["amount"],
        "currency": currency,
        "status": refund["status"],
        "failure_code": refund["failure_code"],
        "reason": refund["reason"],
        "metadata": json.loads(refund["metadata"]),
        "created": refund["created"],
    }


def payout_object(payout: Row) -> dict[str, Any]:
    return {
        "id": payout["id"],
        "object": "payout",
        "amount": payout["amount"],
        "currency": payout["currency"],
        "status": payout["status"],
        "failure_code": payout["failure_code"],
        "destination": json.loads(payout["destination"]),
        "purpose": payout["purpose"],
        "description": payout["description"],
        "metadata": json.loads(payout["metadata"]),
        "created": payout["created"],
    }


def ledger_object(line: Row) -> dict[str, Any]:
    return {
        "sequence": line["sequence"],
        "source": line["source_id"],
        "kind": line["kind"],
        "amount": line["amount"],
        "currency": line["currency"],
        "related": line["related_id"],
        "created": line["created"],
    }
