"""What RazorpayX is told to pay out money."""

import re
from typing import Any

from freehold.adapters.payments.razorpay.amounts import to_wire
from freehold.ports.payment_gateway import Misconfigured, PayoutRequest

IMPS_LIMIT_PAISE = 5_00_000_00
"""The fast network carries five lakh rupees at most; NEFT carries any amount."""

PURPOSES = {"owner_payout": "payout", "expense": "vendor bill", "refund": "refund"}
LONGEST_NARRATION = 30


def payout_body(req: PayoutRequest, payout_account: str) -> dict[str, Any]:
    """To a registered fund account (`acct`), a UPI address (`vpa`) or a bank account (`account`, `ifsc`, `name`).
    Raises Misconfigured for another destination or currency."""
    if req.amount.currency != "INR":
        raise Misconfigured("RazorpayX pays out rupees only", code="currency_not_supported")
    minor = to_wire(req.amount)
    return {
        "account_number": payout_account,
        **_destination(req),
        "amount": minor,
        "currency": "INR",
        "mode": "UPI" if "vpa" in req.destination else "IMPS" if minor <= IMPS_LIMIT_PAISE else "NEFT",
        "purpose": PURPOSES[req.purpose],
        "queue_if_low_balance": True,
        "reference_id": req.payout_id,
        "narration": re.sub(r"[^A-Za-z0-9 ]", "", req.description)[:LONGEST_NARRATION],
        "notes": {"payout_id": req.payout_id},
    }


def _destination(req: PayoutRequest) -> dict[str, Any]:
    told = req.destination
    if told.get("acct"):
        return {"fund_account_id": told["acct"]}
    contact = {"name": told.get("name", ""), "type": "vendor", "reference_id": req.payout_id}
    if told.get("vpa"):
        where = {"account_type": "vpa", "vpa": {"address": told["vpa"]}}
    elif told.get("account") and told.get("ifsc"):
        bank = {"name": contact["name"], "ifsc": told["ifsc"], "account_number": told["account"]}
        where = {"account_type": "bank_account", "bank_account": bank}
    else:
        raise Misconfigured("RazorpayX needs acct, vpa, or account and ifsc", code="destination_invalid")
    if not contact["name"]:
        raise Misconfigured("RazorpayX needs the name of who is paid", code="destination_invalid")
    return {"fund_account": {**where, "contact": contact}}
