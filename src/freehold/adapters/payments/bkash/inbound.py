"""What bKash sends by itself: completed payments of every channel, in envelopes of Amazon's notification service.

Of a payment of ours the message names the invoice, not bKash's own id: it is a signed reason to ask. Any other, made
in the app, at a code or at a bank, is a credit. The payer's browser coming back is no message of bKash.
"""

from collections.abc import Mapping
from typing import Any

from freehold.adapters.credits import bkash_ipn
from freehold.adapters.payments.answers import well_formed
from freehold.adapters.payments.bkash import sns
from freehold.adapters.payments.bkash.settings import BkashSettings
from freehold.adapters.payments.bkash.translate import moment, our_payment_id
from freehold.ports.credit_notice import CreditNotice
from freehold.ports.credit_source import UnreadableNotice
from freehold.ports.payment_gateway import Ack, BadSignature, Inbound, Parsed, ProviderEvent

LONGEST_TYPE = 80


def parse(req: Inbound, settings: BkashSettings) -> Parsed:
    if req.method != "POST":
        raise BadSignature("a browser is not bKash")
    message = sns.read_message(req, settings)
    if message["Type"] == sns.CONFIRMATION:
        sns.confirm(message, settings)
    is_news = message["Type"] == sns.NOTIFICATION
    event = _news(message, settings) if is_news else _event(message, message["Type"][:LONGEST_TYPE])
    return Parsed(events=(event,), ack=Ack())


def _news(message: dict[str, str], settings: BkashSettings) -> ProviderEvent:
    body = sns.inner(message)
    type_ = f"ipn.{body.get('transactionType') or 'unreadable'}"[:LONGEST_TYPE]
    our_id = our_payment_id(body.get("merchantInvoiceNumber"))
    if our_id is not None:
        return _event(message, type_, body, our_id=our_id)
    notice = _notice(message, settings)
    return _event(message, type_, body, notice=notice)


def _notice(message: dict[str, str], settings: BkashSettings) -> CreditNotice | None:
    """None for what makes no sense: it is kept as it came, without a hint, so that nothing is lost."""
    try:
        return bkash_ipn.read_message(message["Message"], account=settings.account)
    except UnreadableNotice:
        return None


def _event(
    message: dict[str, str],
    type_: str,
    body: Mapping[str, Any] | None = None,
    *,
    our_id: str | None = None,
    notice: CreditNotice | None = None,
) -> ProviderEvent:
    body = body or {}
    is_credit = notice is not None
    return ProviderEvent(
        dedupe_key=message["MessageId"],
        subject="payment" if our_id else "credit" if is_credit else "other",
        object_id=notice.external_id if notice is not None else None,
        type=type_,
        hint=notice,
        trusted=True,
        our_id=our_id,
        occurred_at=well_formed(lambda: moment(str(body["dateTime"]))),
    )
