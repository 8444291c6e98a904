"""The bodies that Daraja wants, in its own spelling."""

import base64
import re
import unicodedata
from datetime import datetime

from freehold.adapters.credits.values import EAT
from freehold.adapters.payments.mpesa.facts import CURRENCY
from freehold.adapters.payments.mpesa.settings import MpesaSettings
from freehold.domain.money import Money
from freehold.ports.payment_gateway import Declined, Misconfigured

STK_PUSH = "/mpesa/stkpush/v1/processrequest"
STK_QUERY = "/mpesa/stkpushquery/v1/query"
STATUS = "/mpesa/transactionstatus/v1/query"
REVERSAL = "/mpesa/reversal/v1/request"
B2C = "/mpesa/b2c/v3/paymentrequest"
B2B = "/mpesa/b2b/v1/paymentrequest"
C2B_REGISTER = "/mpesa/c2b/v2/registerurl"

SHILLING = 100  # minor units
LEAST_PAYOUT = 10 * SHILLING
REFERENCE_LENGTH = 12
DESCRIPTION_LENGTH = 13
REMARKS_LENGTH = 100
SHORTCODE, TILL, REVERSED = "4", "2", "11"  # kinds of identifier

_PHONE = re.compile(r"(?:\+?254|0)?([17][0-9]{8})")
_SHORTCODE = re.compile(r"[0-9]{5,7}")
_UNSAID = re.compile(r"[^A-Za-z0-9 .-]+")


def shillings(amount: Money) -> int:
    """Whole shillings. Raises Misconfigured: the rooms ask the capabilities before."""
    if amount.currency != CURRENCY:
        raise Misconfigured(f"M-Pesa takes {CURRENCY} only", code="currency_not_supported")
    whole, rest = divmod(amount.minor, SHILLING)
    if rest or whole < 1:
        raise Misconfigured("M-Pesa takes whole shillings only", code="amount_step")
    return whole


def phone_number(text: str | None) -> str:
    """254712345678 from any way to write it. Raises Declined (`phone_needed`, `phone_not_supported`)."""
    if not text or not text.strip():
        raise Declined("a telephone number is needed to pay by M-Pesa", code="phone_needed")
    match = _PHONE.fullmatch(re.sub(r"[\s()-]+", "", text))
    if match is None:
        raise Declined("M-Pesa needs a Kenyan mobile number", code="phone_not_supported")
    return f"254{match[1]}"


def shortcode(text: str) -> str:
    if _SHORTCODE.fullmatch(text) is None:
        raise Declined("this is no paybill or till number", code="shortcode_not_supported")
    return text


def plain(text: str, length: int, otherwise: str = "Freehold") -> str:
    """What M-Pesa prints on telephones: ASCII letters, digits and little else."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(_UNSAID.sub(" ", ascii_text).split())[:length].strip() or otherwise[:length]


def _signed(settings: MpesaSettings) -> dict[str, object]:
    timestamp = datetime.now(EAT).strftime("%Y%m%d%H%M%S")
    password = base64.b64encode(f"{settings.shortcode}{settings.passkey}{timestamp}".encode()).decode()
    return {"BusinessShortCode": settings.shortcode, "Password": password, "Timestamp": timestamp}


def push(
    settings: MpesaSettings, *, amount: Money, phone: str, reference: str, description: str, callback: str
) -> dict[str, object]:
    return {
        **_signed(settings),
        "TransactionType": "CustomerBuyGoodsOnline" if settings.till else "CustomerPayBillOnline",
        "Amount": shillings(amount),
        "PartyA": phone,
        "PartyB": settings.till or settings.shortcode,
        "PhoneNumber": phone,
        "CallBackURL": callback,
        "AccountReference": plain(reference.replace("-", ""), REFERENCE_LENGTH),
        "TransactionDesc": plain(description, DESCRIPTION_LENGTH),
    }


def push_query(settings: MpesaSettings, object_id: str) -> dict[str, object]:
    return {**_signed(settings), "CheckoutRequestID": object_id}


def _answers(settings: MpesaSettings, credential: str, answer: str, late: str, remarks: str) -> dict[str, object]:
    return {
        "Initiator": settings.initiator,
        "SecurityCredential": credential,
        "Remarks": plain(remarks, REMARKS_LENGTH),
        "ResultURL": answer,
        "QueueTimeOutURL": late,
    }


def status(
    settings: MpesaSettings, *, credential: str, shortcode: str, names: dict[str, str], answer: str, late: str
) -> dict[str, object]:
    """`names`: TransactionID or OriginalConversationID."""
    return {
        **_answers(settings, credential, answer, late, "Status"),
        "CommandID": "TransactionStatusQuery",
        **names,
        "PartyA": shortcode,
        "IdentifierType": SHORTCODE,
        "Occasion": "",
    }


def reversal(
    settings: MpesaSettings, *, credential: str, receipt: str, amount: Money, reason: str, answer: str, late: str
) -> dict[str, object]:
    return {
        **_answers(settings, credential, answer, late, reason),
        "CommandID": "TransactionReversal",
        "TransactionID": receipt,
        "Amount": shillings(amount),
        "ReceiverParty": settings.shortcode,
        "RecieverIdentifierType": REVERSED,
        "Occasion": "",
    }


def to_customer(
    settings: MpesaSettings,
    *,
    credential: str,
    conversation: str,
    amount: Money,
    phone: str,
    remarks: str,
    answer: str,
    late: str,
) -> dict[str, object]:
    if amount.minor < LEAST_PAYOUT:
        raise Declined("M-Pesa sends ten shillings or more", code="amount_too_small")
    body = _answers(settings, credential, answer, late, remarks)
    return {
        "OriginatorConversationID": conversation,
        "InitiatorName": body.pop("Initiator"),
        **body,
        "CommandID": "BusinessPayment",
        "Amount": shillings(amount),
        "PartyA": settings.paying_out,
        "PartyB": phone,
        "Occassion": "",
    }


def to_business(
    settings: MpesaSettings,
    *,
    credential: str,
    amount: Money,
    receiver: str,
    account: str,
    remarks: str,
    answer: str,
    late: str,
) -> dict[str, object]:
    """To a paybill with an account, to a till without."""
    return {
        **_answers(settings, credential, answer, late, remarks),
        "CommandID": "BusinessPayBill" if account else "BusinessBuyGoods",
        "SenderIdentifierType": SHORTCODE,
        "RecieverIdentifierType": SHORTCODE if account else TILL,
        "Amount": shillings(amount),
        "PartyA": settings.paying_out,
        "PartyB": receiver,
        "AccountReference": plain(account or remarks, REFERENCE_LENGTH),
    }
