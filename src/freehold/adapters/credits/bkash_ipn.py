"""bKash: completed payments of every channel (app, QR, USSD, bank), told by Amazon's notification service.

The envelope's signature is the gateway's matter; here the inner message is read. Payments that our checkout made are
announced as well, with the same `trxID`. A coupon lowers what reaches us: `saleAmount` is the price, `amount` the
money.
"""

from datetime import UTC, datetime, timedelta, timezone

from freehold.adapters.credits.values import joined, money, read_json, required, text
from freehold.adapters.masking import with_masked
from freehold.ports.credit_notice import CreditNotice

SLUG = "bkash_ipn"
BANGLADESH = timezone(timedelta(hours=6), "BST")
PHONES = frozenset({"debitMSISDN", "creditShortCode"})


def read_message(message: str, *, account: str) -> CreditNotice | None:
    """The notice in the `Message` of an envelope, None when nothing was completed. Raises UnreadableNotice."""
    body = read_json(message.encode())
    if text(body.get("transactionStatus")) != "Completed":
        return None
    return CreditNotice(
        source=SLUG,
        external_id=required(body.get("trxID"), "trxID"),
        account=account,
        amount=money(body.get("amount"), text(body.get("currency")) or "BDT"),
        reference=joined(body.get("merchantInvoiceNumber"), body.get("transactionReference")),
        payer_phone=text(body.get("debitMSISDN")),
        value_time=_moment(body.get("dateTime")),
        raw=with_masked(body, PHONES),
    )


def _moment(value: object) -> datetime | None:
    try:
        return datetime.strptime(text(value), "%Y%m%d%H%M%S").replace(tzinfo=BANGLADESH).astimezone(UTC)
    except ValueError:
        return None
