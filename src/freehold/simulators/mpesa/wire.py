"""The bodies of M-Pesa's messages, in its own spelling and with its own habits."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from freehold.simulators.kit.books import Row

EAT = timezone(timedelta(hours=3), "EAT")
RECEIPT_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
RECEIPT_CHARACTERS = RECEIPT_LETTERS + "0123456789"

DESCRIPTIONS = {
    "0": "The service request is processed successfully.",
    "1": "The balance is insufficient for the transaction.",
    "15": "Duplicate Detected",
    "17": "Rule limited.",
    "26": "System busy. Try again later.",
    "1001": "Unable to lock subscriber, a transaction is already in process for the current subscriber",
    "1019": "Transaction expired.",
    "1032": "Request cancelled by user.",
    "1037": "DS timeout user cannot be reached.",
    "2001": "The initiator information is invalid.",
    "2040": "Credit Party customer type (Unregistered or Registered Customer) can't be supported by the service.",
    "R000001": "The transaction has already been reversed.",
    "R000002": "The OriginalTransactionID is invalid.",
}


def compact(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone(EAT).strftime("%Y%m%d%H%M%S")


def dotted(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).astimezone(EAT).strftime("%d.%m.%Y %H:%M:%S")


def new_receipt() -> str:
    first = secrets.choice(RECEIPT_LETTERS)
    return first + "".join(secrets.choice(RECEIPT_CHARACTERS) for _ in range(9))


def checkout_id(seconds: float) -> str:
    when = datetime.fromtimestamp(seconds, UTC).astimezone(EAT).strftime("%d%m%Y%H%M%S")
    return f"ws_CO_{when}{secrets.randbelow(10**9):09d}"


def conversation_id(seconds: float) -> str:
    when = datetime.fromtimestamp(seconds, UTC).astimezone(EAT).strftime("%Y%m%d")
    return f"AG_{when}_{secrets.token_hex(10)}"


def description(code: str, *, push: bool = False) -> str:
    return "The initiator information is invalid." if push and code == "2001" else DESCRIPTIONS.get(code, "Failed.")


def push_callback(push: Row, code: str, movement: Row | None, *, told: int | None = None) -> dict[str, Any]:
    """Failures have no metadata; `Balance` has no value. `told` is another amount than the real one."""
    callback: dict[str, Any] = {
        "MerchantRequestID": push["merchant_request_id"],
        "CheckoutRequestID": push["id"],
        "ResultCode": int(code),
        "ResultDesc": description(code, push=True),
    }
    if movement is not None:
        items: list[dict[str, Any]] = [
            {"Name": "Amount", "Value": float(told or movement["amount"])},
            {"Name": "MpesaReceiptNumber", "Value": movement["receipt"]},
            {"Name": "Balance"},
            {"Name": "TransactionDate", "Value": int(compact(movement["created"]))},
            {"Name": "PhoneNumber", "Value": int(push["phone"])},
        ]
        callback["CallbackMetadata"] = {"Item": items}
    return {"Body": {"stkCallback": callback}}


def push_query(push: Row) -> dict[str, Any]:
    """Neither amount nor receipt."""
    return {
        "ResponseCode": "0",
        "ResponseDescription": "The service request has been accepted successsfully",
        "MerchantRequestID": push["merchant_request_id"],
        "CheckoutRequestID": push["id"],
        "ResultCode": push["result_code"],
        "ResultDesc": description(push["result_code"], push=True),
    }


def c2b(movement: Row | Mapping[str, Any], shortcode: str, *, balance: str) -> dict[str, str]:
    return {
        "TransactionType": "Pay Bill",
        "TransID": movement["receipt"],
        "TransTime": compact(movement["created"]),
        "TransAmount": f"{movement['amount']}.00",
        "BusinessShortCode": shortcode,
        "BillRefNumber": movement["reference"],
        "InvoiceNumber": "",
        "OrgAccountBalance": balance,
        "ThirdPartyTransID": "",
        "MSISDN": movement["party"],
        "FirstName": "Ada",
        "MiddleName": "",
        "LastName": "Guest",
    }


def result(request: Row, code: str, parameters: Mapping[str, Any] | None, *, timeout_url: str) -> dict[str, Any]:
    """One parameter alone is a bare object; failures have none."""
    body: dict[str, Any] = {
        "ResultType": 0,
        "ResultCode": int(code) if code.isdigit() else code,
        "ResultDesc": description(code),
        "OriginatorConversationID": request["originator"],
        "ConversationID": request["conversation"],
        "TransactionID": request["receipt"] or new_receipt(),
    }
    if parameters:
        listed = [{"Key": key, "Value": value} for key, value in parameters.items()]
        body["ResultParameters"] = {"ResultParameter": listed if len(listed) > 1 else listed[0]}
    body["ReferenceData"] = {"ReferenceItem": {"Key": "QueueTimeoutURL", "Value": timeout_url}}
    return {"Result": body}


def queue_timeout(request: Row) -> dict[str, Any]:
    return {
        "Result": {
            "ResultType": 1,
            "ResultCode": 1,
            "ResultDesc": "The request timed out in the queue.",
            "OriginatorConversationID": request["originator"],
            "ConversationID": request["conversation"],
        }
    }


def customer_parameters(movement: Row, balance: int) -> dict[str, Any]:
    return {
        "TransactionAmount": -movement["amount"],
        "TransactionReceipt": movement["receipt"],
        "B2CRecipientIsRegisteredCustomer": "Y",
        "B2CChargesPaidAccountAvailableFunds": 0,
        "ReceiverPartyPublicName": f"{movement['party']} - Ada Guest",
        "TransactionCompletedDateTime": dotted(movement["created"]),
        "B2CUtilityAccountAvailableFunds": float(balance),
        "B2CWorkingAccountAvailableFunds": 0.0,
    }


def business_parameters(movement: Row, balance: int) -> dict[str, Any]:
    return {
        "Amount": -movement["amount"],
        "TransCompletedTime": compact(movement["created"]),
        "DebitAccountBalance": f"Utility Account|KES|{balance}.00|{balance}.00|0.00|0.00",
        "ReceiverPartyPublicName": f"{movement['party']} - Supplier",
        "Currency": "KES",
    }


def reversal_parameters(movement: Row, balance: int) -> dict[str, Any]:
    return {
        "DebitAccountBalance": f"Utility Account|KES|{balance}.00|{balance}.00|0.00|0.00",
        "Amount": -movement["amount"],
        "TransCompletedTime": int(compact(movement["created"])),
        "OriginalTransactionID": movement["related"],
        "Charge": 0,
        "CreditPartyPublicName": f"{movement['party']} - Ada Guest",
        "DebitPartyPublicName": "Freehold",
    }


def status_parameters(
    *, receipt: str, conversation: str, originator: str, amount: int, status: str, created: float, party: str
) -> dict[str, Any]:
    return {
        "DebitPartyName": f"{party} - Ada Guest",
        "CreditPartyName": "Freehold",
        "Originator Conversation ID": originator,
        "InitiatedTime": int(compact(created)),
        "DebitAccountType": "MMF Account For Customer",
        "DebitPartyCharges": "",
        "TransactionReason": "",
        "ReasonType": "Pay Bill Online",
        "TransactionStatus": status,
        "FinalisedTime": int(compact(created)),
        "Amount": float(amount),
        "Conversation ID": conversation,
        "ReceiptNo": receipt,
    }
