"""What bKash shows of its rows: each product names and writes the same things differently."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from freehold.domain.money import Money
from freehold.simulators.kit.books import Books, Row
from freehold.simulators.kit.pages import with_query

DHAKA = timezone(timedelta(hours=6))
SHORT_CODE = "01929000000"
MSISDN = "01700000001"
STATUSES = {
    "initiated": "Initiated",
    "authorized": "Authorized",
    "completed": "Completed",
    "failed": "Initiated",
    "cancelled": "Initiated",
    "voided": "Cancelled",
}
"""That a payer failed or gave up is told to the browser only."""

OK = {"statusCode": "0000", "statusMessage": "Successful"}
TYPES = {"api": "10002294", "qr": "10003126", "ussd": "10002175", "bank": "10003476"}


def amount(paisa: int) -> str:
    return Money(paisa, "BDT").amount_text()


def long_time(seconds: float) -> str:
    """2026-11-20T12:00:00:000 GMT+0600"""
    at = datetime.fromtimestamp(seconds, UTC).astimezone(DHAKA)
    return f"{at:%Y-%m-%dT%H:%M:%S}:{at.microsecond // 1000:03d} GMT+0600"


def offsetless_time(seconds: float) -> str:
    """As the list of refunds writes it."""
    return long_time(seconds).partition(" ")[0]


def short_time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC).astimezone(DHAKA):%Y%m%d%H%M%S}"


def callback(payment: Row, status: str) -> str:
    """Where the payer's browser is sent; the signature is opaque."""
    return with_query(
        payment["callback_url"],
        paymentID=payment["id"],
        status=status,
        signature=payment["signature"],
        apiVersion="1.2.0-beta/",
    )


def created(payment: Row, public_url: str) -> dict[str, Any]:
    place = f"{public_url}/payment/?paymentId={payment['id']}&hash={payment['hash']}&mode=0011&apiVersion=v1.2.0-beta/"
    return {
        **OK,
        "paymentID": payment["id"],
        "bkashURL": place,
        "callbackURL": payment["callback_url"],
        "successCallbackURL": callback(payment, "success"),
        "failureCallbackURL": callback(payment, "failure"),
        "cancelledCallbackURL": callback(payment, "cancel"),
        "amount": amount(payment["amount"]),
        "intent": payment["intent"],
        "currency": "BDT",
        "paymentCreateTime": long_time(payment["created"]),
        "transactionStatus": STATUSES[payment["status"]],
        "merchantInvoiceNumber": payment["invoice"],
    }


def executed(payment: Row) -> dict[str, Any]:
    return {
        **OK,
        "paymentID": payment["id"],
        "payerReference": payment["payer_reference"],
        "customerMsisdn": MSISDN,
        "trxID": payment["trx_id"],
        "amount": amount(taken(payment)),
        "transactionStatus": STATUSES[payment["status"]],
        "paymentExecuteTime": long_time(payment["executed_at"]),
        "currency": "BDT",
        "intent": payment["intent"],
        "merchantInvoiceNumber": payment["invoice"],
    }


def queried(books: Books, payment: Row) -> dict[str, Any]:
    """Calls the invoice by another name, and adds what may still be refunded."""
    done = payment["trx_id"] is not None
    facts: dict[str, Any] = {
        **OK,
        "paymentID": payment["id"],
        "mode": "0011",
        "paymentCreateTime": long_time(payment["created"]),
        "amount": amount(taken(payment)),
        "currency": "BDT",
        "intent": payment["intent"],
        "merchantInvoice": payment["invoice"],
        "transactionStatus": STATUSES[payment["status"]],
        "verificationStatus": "Complete" if payment["verified"] else "Incomplete",
        "payerReference": payment["payer_reference"],
    }
    if done:
        left = taken(payment) - refunded(books, payment["id"])
        facts |= {
            "customerMsisdn": MSISDN,
            "trxID": payment["trx_id"],
            "paymentExecuteTime": long_time(payment["executed_at"]),
            "maxRefundableAmount": amount(left),
        }
    return facts


def transaction(trx_id: str, paisa: int, *, type_: str, msisdn: str, reference: str, at: float) -> dict[str, Any]:
    return {
        "trxID": trx_id,
        "initiationTime": long_time(at),
        "completedTime": long_time(at),
        "transactionType": type_,
        "customerMsisdn": msisdn,
        "transactionStatus": "Completed",
        "amount": amount(paisa),
        "currency": "BDT",
        "organizationShortCode": SHORT_CODE,
        "transactionReference": reference,
    }


def refund_made(payment: Row, refund: Row) -> dict[str, Any]:
    """Flat, and without a status code."""
    return {
        "originalTrxId": payment["trx_id"],
        "refundTrxId": refund["trx_id"],
        "refundTransactionStatus": refund["status"],
        "originalTrxAmount": amount(taken(payment)),
        "refundAmount": amount(refund["amount"]),
        "currency": "BDT",
        "completedTime": long_time(refund["created"]),
        "sku": refund["sku"],
        "reason": refund["reason"],
    }


def refunds_listed(payment: Row, refunds: list[Row]) -> dict[str, Any]:
    """Says neither sku nor reason: two refunds of one amount look alike but for their ids."""
    return {
        "originalTrxId": payment["trx_id"],
        "originalTrxAmount": amount(taken(payment)),
        "originalTrxCompletedTime": long_time(payment["executed_at"]),
        "refundTransactions": [
            {
                "refundTrxId": refund["trx_id"],
                "refundTransactionStatus": refund["status"],
                "refundAmount": amount(refund["amount"]),
                "completedTime": offsetless_time(refund["created"]),
            }
            for refund in refunds
        ],
    }


def old_refund(payment: Row, refund: Row) -> dict[str, Any]:
    return {
        **OK,
        "originalTrxID": payment["trx_id"],
        "refundTrxID": refund["trx_id"],
        "transactionStatus": refund["status"],
        "amount": amount(refund["amount"]),
        "currency": "BDT",
        "charge": "0.00",
        "completedTime": long_time(refund["created"]),
    }


def payout_made(payout: Row) -> dict[str, Any]:
    return {
        "trxID": payout["trx_id"],
        "transactionStatus": "Completed",
        "amount": amount(payout["amount"]),
        "currency": "BDT",
        "merchantInvoiceNumber": payout["invoice"],
        "receiverMSISDN": payout["msisdn"],
        "completedTime": long_time(payout["created"]),
        "b2cFee": "0",
    }


def taken(payment: Row) -> int:
    """What was collected, once something was; else what was asked."""
    return int(payment["taken"] or payment["amount"]) if payment["status"] == "completed" else int(payment["amount"])


def refunded(books: Books, payment_id: str) -> int:
    sql = "SELECT sum(amount) FROM refund WHERE payment_id = :id AND status <> 'Failed'"
    return books.number(sql, id=payment_id)
