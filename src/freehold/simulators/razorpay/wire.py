"""The entities that Razorpay shows of its rows."""

import json
from typing import Any

from freehold.simulators.kit.books import Books, Row

FEE_IN_TEN_THOUSAND = 200
TAX_IN_HUNDRED = 18

type Entity = dict[str, Any]

ERRORS = {
    "payment_failed": (
        "Your payment didn't go through as it was declined by the bank.",
        "bank",
        "payment_authorization",
    ),
    "authentication_failed": (
        "Your payment could not be completed as it was not confirmed.",
        "customer",
        "payment_authentication",
    ),
    "payment_timed_out": ("Payment was not completed on time.", "gateway", "payment_authorization"),
    "payment_cancelled": ("You may have cancelled the payment.", "customer", "payment_authentication"),
}


def order(books: Books, row: Row) -> Entity:
    paid = books.number("SELECT sum(amount) FROM payment WHERE order_id = :id AND captured", id=row["id"])
    attempts = books.number("SELECT count(*) FROM payment WHERE order_id = :id", id=row["id"])
    return {
        "id": row["id"],
        "entity": "order",
        "amount": row["amount"],
        "amount_paid": paid,
        "amount_due": max(row["amount"] - paid, 0),
        "currency": row["currency"],
        "receipt": row["receipt"],
        "offer_id": None,
        "status": "paid" if paid >= row["amount"] else "attempted" if attempts else "created",
        "attempts": attempts,
        "notes": _notes(row),
        "created_at": int(row["created"]),
    }


def payment(books: Books, row: Row) -> Entity:
    refunded = books.number(
        "SELECT sum(amount) FROM refund WHERE payment_id = :id AND status <> 'failed'", id=row["id"]
    )
    description, source, step = ERRORS.get(row["error_reason"], (None, None, None))
    fee, tax = _fee(row["amount"]) if row["captured"] else (None, None)
    notes = books.row("SELECT notes FROM orders WHERE id = :id", id=row["order_id"])
    return {
        "id": row["id"],
        "entity": "payment",
        "amount": row["amount"],
        "currency": row["currency"],
        "status": row["status"],
        "order_id": row["order_id"],
        "invoice_id": None,
        "international": row["currency"] != "INR",
        "method": row["method"],
        "amount_refunded": refunded,
        "refund_status": None if not refunded else "full" if refunded == row["amount"] else "partial",
        "captured": bool(row["captured"]),
        "description": None,
        "card_id": None,
        "bank": None,
        "wallet": None,
        "vpa": "guest@upi" if row["method"] == "upi" else None,
        "email": row["email"],
        "contact": row["contact"],
        "notes": json.loads(notes["notes"]) if notes else [],
        "fee": fee,
        "tax": tax,
        "error_code": "BAD_REQUEST_ERROR" if row["error_reason"] else None,
        "error_description": description,
        "error_source": source,
        "error_step": step,
        "error_reason": row["error_reason"],
        "late_authorized": bool(row["late_authorized"]),
        "acquirer_data": {"rrn": None},
        "created_at": int(row["created"]),
    }


def refund(row: Row, *, currency: str) -> Entity:
    return {
        "id": row["id"],
        "entity": "refund",
        "amount": row["amount"],
        "currency": currency,
        "payment_id": row["payment_id"],
        "notes": _notes(row),
        "receipt": row["receipt"],
        "acquirer_data": {"arn": None},
        "created_at": int(row["created"]),
        "batch_id": None,
        "status": row["status"],
        "speed_processed": row["speed"],
        "speed_requested": row["speed"],
    }


def payout(row: Row) -> Entity:
    failed = row["failure_reason"]
    return {
        "id": row["id"],
        "entity": "payout",
        "fund_account_id": row["fund_account_id"],
        "amount": row["amount"],
        "currency": "INR",
        "notes": _notes(row),
        "fees": 0,
        "tax": 0,
        "status": row["status"],
        "utr": "000000000000" if row["status"] in ("processed", "reversed") else None,
        "mode": row["mode"],
        "purpose": row["purpose"],
        "reference_id": row["reference_id"],
        "narration": row["narration"],
        "batch_id": None,
        "status_details": {"description": failed, "source": "beneficiary_bank", "reason": failed} if failed else None,
        "created_at": int(row["created"]),
    }


def dispute(row: Row, *, currency: str) -> Entity:
    return {
        "id": row["id"],
        "entity": "dispute",
        "payment_id": row["payment_id"],
        "amount": row["amount"],
        "currency": currency,
        "amount_deducted": row["amount_deducted"],
        "reason_code": "chargeback",
        "respond_by": int(row["created"]) + 7 * 86_400,
        "status": row["status"],
        "phase": "chargeback",
        "created_at": int(row["created"]),
    }


def collection(items: list[Entity]) -> Entity:
    return {"entity": "collection", "count": len(items), "items": items}


def _notes(row: Row) -> Any:
    """Empty notes are a list, as PHP writes them."""
    return json.loads(row["notes"]) or []


def _fee(amount: int) -> tuple[int, int]:
    """Two percent, and the tax on it, which the fee includes."""
    bare = amount * FEE_IN_TEN_THOUSAND // 10_000
    tax = bare * TAX_IN_HUNDRED // 100
    return bare + tax, tax
