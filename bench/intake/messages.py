"""Messages as the four providers send them, signed, ready for the wire.

Stripe and Razorpay tell what happened; bKash tells that something did, signed by RSA; M-Pesa signs nothing. The last
two are reasons to ask.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from bench.http import post
from bench.intake import keys
from bench.intake.stage import Awaited
from freehold.adapters.payments.mpesa.address import Address, keyed
from freehold.domain.money import Money
from freehold.payments.accounts import installed_endpoint

SNS_SIGNED = ("Message", "MessageId", "Timestamp", "TopicArn", "Type")


@dataclass(frozen=True, slots=True)
class Sender:
    """`key` signs for Amazon; its certificate is at `certificate_url`."""

    key: RSAPrivateKey
    certificate_url: str

    def about(self, payment: Awaited) -> list[bytes]:
        """What is told of one payment until it is paid, oldest first, as whole requests."""
        match payment.provider:
            case "stripe":
                return [_intent(payment, "processing"), _intent(payment, "succeeded")]
            case "razorpay":
                return [_order(payment, "payment.failed"), _order(payment, "order.paid")]
            case "bkash":
                return [self._notice(payment)]
        return [_callback(payment)]

    def _notice(self, payment: Awaited) -> bytes:
        told = {
            "dateTime": f"{datetime.now(UTC):%Y%m%d%H%M%S}",
            "trxID": f"TRX{payment.object_id}",
            "transactionStatus": "Completed",
            "transactionType": "10002294",
            "amount": Money(payment.minor, payment.currency).amount_text(),
            "currency": payment.currency,
            "merchantInvoiceNumber": f"FH-BENCH-1-{payment.payment_id.hex}",
        }
        envelope = {
            "Type": "Notification",
            "MessageId": str(uuid4()),
            "TopicArn": keys.BKASH_TOPIC,
            "Message": orjson.dumps(told).decode(),
            "Timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z",
            "SignatureVersion": "2",
            "SigningCertURL": self.certificate_url,
        }
        signed = "".join(f"{name}\n{envelope[name]}\n" for name in SNS_SIGNED)
        signature = self.key.sign(signed.encode(), PKCS1v15(), SHA256())
        envelope["Signature"] = base64.b64encode(signature).decode()
        return _hook("bkash", orjson.dumps(envelope), {"x-amz-sns-message-type": "Notification"})


def no_news() -> bytes:
    """A new event of Stripe that changes nothing: stored like any other."""
    return _stripe("payment_intent.created", {"id": f"pi_{uuid4().hex}", "object": "payment_intent"})


def _intent(payment: Awaited, status: str) -> bytes:
    is_paid = status == "succeeded"
    intent = {
        "id": payment.object_id,
        "object": "payment_intent",
        "amount": payment.minor,
        "amount_capturable": 0,
        "amount_received": payment.minor if is_paid else 0,
        "currency": payment.currency.lower(),
        "status": status,
        "capture_method": "automatic_async",
        "created": int(time.time()),
        "latest_charge": f"ch_{payment.object_id}" if is_paid else None,
        "last_payment_error": None,
        "next_action": None,
        "metadata": {"payment_id": str(payment.payment_id), "booking": "FH-BENCH"},
        "livemode": False,
    }
    return _stripe(f"payment_intent.{status}", intent)


def _stripe(name: str, thing: Mapping[str, object]) -> bytes:
    now = int(time.time())
    body = orjson.dumps(
        {
            "id": f"evt_{uuid4().hex}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": now,
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": "req_bench", "idempotency_key": None},
            "type": name,
            "data": {"object": thing},
        }
    )
    signature = hmac.new(keys.STRIPE_SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return _hook("stripe", body, {"Stripe-Signature": f"t={now},v1={signature}"})


def _order(payment: Awaited, name: str) -> bytes:
    is_paid = name == "order.paid"
    tried = {
        "id": f"pay_{payment.object_id}_{'2' if is_paid else '1'}",
        "entity": "payment",
        "amount": payment.minor,
        "currency": payment.currency,
        "status": "captured" if is_paid else "failed",
        "order_id": payment.object_id,
        "captured": is_paid,
        "amount_refunded": 0,
        "refund_status": None,
        "method": "upi",
        "error_code": None if is_paid else "BAD_REQUEST_ERROR",
        "error_source": None if is_paid else "customer",
        "error_reason": None if is_paid else "payment_failed",
        "notes": {"payment_id": str(payment.payment_id)},
        "created_at": int(time.time()),
    }
    order = {
        "id": payment.object_id,
        "entity": "order",
        "amount": payment.minor,
        "amount_paid": payment.minor,
        "amount_due": 0,
        "currency": payment.currency,
        "status": "paid",
        "attempts": 2,
        "notes": {"payment_id": str(payment.payment_id)},
    }
    entities = {"payment": {"entity": tried}, **({"order": {"entity": order}} if is_paid else {})}
    body = orjson.dumps(
        {
            "entity": "event",
            "account_id": keys.RAZORPAY_ACCOUNT,
            "event": name,
            "contains": list(entities),
            "payload": entities,
            "created_at": int(time.time()),
        }
    )
    signature = hmac.new(keys.RAZORPAY_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return _hook("razorpay", body, {"X-Razorpay-Signature": signature, "x-razorpay-event-id": uuid4().hex})


def _callback(payment: Awaited) -> bytes:
    items = [
        {"Name": "Amount", "Value": payment.minor / 100},
        {"Name": "MpesaReceiptNumber", "Value": f"R{payment.payment_id.hex[-12:].upper()}"},
        {"Name": "Balance"},
        {"Name": "TransactionDate", "Value": int(f"{datetime.now(UTC):%Y%m%d%H%M%S}")},
        {"Name": "PhoneNumber", "Value": 254712345678},
    ]
    told = {
        "MerchantRequestID": "29115-346-1",
        "CheckoutRequestID": payment.object_id,
        "ResultCode": 0,
        "ResultDesc": "The service request is processed successfully.",
        "CallbackMetadata": {"Item": items},
    }
    path = f"/api/v1/paymentcallback/{payment.notify_token}/"
    about = Address("payment", id=str(payment.payment_id), asked=str(payment.minor))
    address = urlsplit(keyed(path, about, secret=f"{keys.MPESA_SECRET}\n{keys.MPESA_PASSKEY}".encode()))
    return post(f"{address.path}?{address.query}", orjson.dumps({"Body": {"stkCallback": told}}))


def _hook(provider: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    token = installed_endpoint(provider, keys.account_of(provider))
    return post(f"/api/v1/webhooks/{provider}/{token}/", body, headers)
