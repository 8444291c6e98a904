"""Reads Razorpay's webhooks: `X-Razorpay-Signature` is an HMAC over the raw body, without a time.

What cannot be told by age is told by the event's id, which is a header: the same event always has the same one.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from freehold.adapters.payments.answers import well_formed
from freehold.adapters.payments.razorpay.settings import RazorpaySettings
from freehold.adapters.payments.razorpay.translate import (
    dispute_snapshot,
    lone_snapshot,
    moment,
    notes,
    order_snapshot,
    payout_snapshot,
    refund_snapshot,
)
from freehold.ports.payment_gateway import (
    Ack,
    BadSignature,
    Hint,
    Inbound,
    NextAction,
    Parsed,
    ProviderEvent,
    Subject,
    WrongAccount,
)

SIGNATURE = "x-razorpay-signature"
EVENT_ID = "x-razorpay-event-id"
LONGEST_ID = 120

type Offer = Callable[[Mapping[str, Any]], NextAction]
type Entities = Mapping[str, Mapping[str, Any]]


def parse(request: Inbound, settings: RazorpaySettings, *, offer: Offer) -> Parsed:
    """Raises BadSignature, and WrongAccount for an event of another merchant."""
    _verify(request, settings.webhook_secrets)
    event = well_formed(lambda: dict(json.loads(request.body))) or {}
    account = event.get("account_id")
    if account and settings.merchant_id and account != settings.merchant_id:
        raise WrongAccount("the event belongs to another account")
    return Parsed(events=(_event(event, request, offer),), ack=Ack(body=b"{}"))


def signature(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def is_signed(given: str, secrets: tuple[str, ...], message: bytes) -> bool:
    """No short cut: every secret is tried, in constant time."""
    said = given.encode(errors="replace")
    matches = [hmac.compare_digest(signature(secret, message).encode(), said) for secret in secrets]
    return any(matches)


def _verify(request: Inbound, secrets: tuple[str, ...]) -> None:
    given = request.headers.get(SIGNATURE, "")
    if not given:
        raise BadSignature("no signature header")
    if not is_signed(given, secrets, request.body):
        raise BadSignature("no signature matches")


# --- what an event is about ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fact:
    subject: Subject
    object_id: str | None = None
    our_id: str | None = None
    hint: Hint | None = None


def _event(event: Mapping[str, Any], request: Inbound, offer: Offer) -> ProviderEvent:
    """A signed event that we cannot read is kept as well, without a hint, so that nothing is lost."""
    name = str(event.get("event") or "unreadable")
    entities = _entities(event)
    fact = well_formed(lambda: _fact(name, entities, offer)) or _bare_fact(name, entities)
    return ProviderEvent(
        dedupe_key=_dedupe_key(request),
        subject=fact.subject,
        object_id=fact.object_id,
        type=name[:80],
        hint=fact.hint,
        trusted=True,
        our_id=fact.our_id,
        occurred_at=well_formed(lambda: moment(event["created_at"])),
    )


def _dedupe_key(request: Inbound) -> str:
    event_id = request.headers.get(EVENT_ID, "")
    if event_id and len(event_id) <= LONGEST_ID:
        return event_id
    return f"sha256:{hashlib.sha256(request.body).hexdigest()}"


def _entities(event: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    payload = event.get("payload")
    found: dict[str, Mapping[str, Any]] = {}
    for name, holder in payload.items() if isinstance(payload, dict) else ():
        entity = holder.get("entity", holder) if isinstance(holder, dict) else None
        # Some payout events show the thing itself, whose "entity" is its kind.
        found[name] = entity if isinstance(entity, dict) else holder if isinstance(holder, dict) else {}
    return found


def _subject(name: str) -> Subject:
    """`payment.dispute.won` is about a dispute, `refund.processed` about a refund."""
    parts = name.split(".")
    if parts[:2] == ["payment", "dispute"]:
        return "dispute"
    subjects: dict[str, Subject] = {"payment": "payment", "refund": "refund", "payout": "payout"}
    return "payment" if name == "order.paid" else subjects.get(parts[0], "other")


def _fact(name: str, entities: Entities, offer: Offer) -> _Fact:
    """Raises KeyError and the like when the event lacks what it should have."""
    subject = _subject(name)
    match subject:
        case "payment":
            return _payment_fact(entities, offer)
        case "refund":
            refund = entities["refund"]
            hint = refund_snapshot(refund, object_id=_order_of(entities, refund))
            return _Fact(subject, refund["id"], notes(refund).get("refund_id"), hint)
        case "payout":
            payout = entities["payout"]
            return _Fact(subject, payout["id"], notes(payout).get("payout_id"), payout_snapshot(payout))
        case "dispute":
            dispute = entities["dispute"]
            order_id = _order_of(entities, dispute)
            return _Fact(
                subject,
                dispute["id"],
                notes(entities.get("payment", {})).get("payment_id"),
                dispute_snapshot(dispute, object_id=order_id),
            )
        case _:
            return _Fact(subject)


def _payment_fact(entities: Entities, offer: Offer) -> _Fact:
    payment, order = entities["payment"], entities.get("order")
    hint = order_snapshot(order, [payment], offer=offer) if order else lone_snapshot(payment)
    our_id = notes(order or {}).get("payment_id") or notes(payment).get("payment_id")
    return _Fact("payment", payment.get("order_id") or payment["id"], our_id, hint)


def _order_of(entities: Entities, part: Mapping[str, Any]) -> str:
    """The order that a refund or dispute belongs to; its payment itself when there is none."""
    order_id = entities.get("payment", {}).get("order_id")
    return str(order_id or part["payment_id"])


def _bare_fact(name: str, entities: Entities) -> _Fact:
    """Only what it is about, so that a fetch can tell the rest."""
    subject = _subject(name)
    if subject == "payment":
        payment = entities.get("payment", {})
        object_id = payment.get("order_id") or entities.get("order", {}).get("id") or payment.get("id")
    else:
        object_id = entities.get(subject, {}).get("id")
    return _Fact(subject, str(object_id) if object_id else None)
