"""Reads Stripe's webhooks: `Stripe-Signature: t=<unix>,v1=<hex>[,v1=<hex>]` over the raw bytes."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from freehold.adapters.payments.answers import well_formed
from freehold.adapters.payments.stripe.settings import StripeSettings
from freehold.adapters.payments.stripe.translate import (
    dispute_snapshot,
    id_of,
    intent_snapshot,
    metadata,
    moment,
    payout_snapshot,
    refund_snapshot,
    session_snapshot,
    transfer_snapshot,
)
from freehold.adapters.payments.timed_signature import verify
from freehold.ports.payment_gateway import (
    Ack,
    Hint,
    Inbound,
    Parsed,
    ProviderEvent,
    Subject,
    WrongAccount,
)

HEADER = "stripe-signature"
CHECKOUT = "checkout.session"
OPENED_AS = "opened_as"
"""Metadata of an intent: what kind of object our payment is, when it is not the intent itself."""

type Json = Mapping[str, Any]


def parse(request: Inbound, settings: StripeSettings) -> Parsed:
    """Raises BadSignature, and WrongAccount for an event of another account or mode."""
    verify(
        request,
        header=HEADER,
        secrets=settings.webhook_secrets,
        age_s=settings.signature_age_s,
        lead_s=settings.signature_lead_s,
    )
    event = well_formed(lambda: dict(json.loads(request.body))) or {}
    _check_account(event, settings)
    return Parsed(events=(_event(event, request.body),), ack=Ack(body=b"{}"))


def _check_account(event: Json, settings: StripeSettings) -> None:
    """An absent field is no mismatch. Events of connected accounts name them; those of one's own account do not."""
    if event.get("account") and event["account"] != settings.connected_account:
        raise WrongAccount("the event belongs to another account")
    if event.get("livemode") not in (None, settings.livemode):
        raise WrongAccount("the event belongs to another mode")


# --- what an event is about ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fact:
    subject: Subject
    object_id: str | None
    our_id: str | None = None
    hint: Hint | None = None


type Read = Callable[[Json, datetime], _Fact]


def _about_intent(intent: Json, at: datetime) -> _Fact:
    """An intent of a Checkout Session says nothing of the session, which our payment is: only a fetch tells all."""
    is_ours = metadata(intent).get(OPENED_AS) != CHECKOUT
    hint = intent_snapshot(intent, at=at) if is_ours else None
    return _Fact("payment", intent["id"], metadata(intent).get("payment_id"), hint)


def _about_session(session: Json, at: datetime) -> _Fact:
    """A completed session names its intent without the charge: the money has to be asked for."""
    hint = session_snapshot(session) if session["status"] != "complete" else None
    return _Fact("payment", session["id"], metadata(session).get("payment_id"), hint)


def _about_charge(charge: Json, at: datetime) -> _Fact:
    """What was refunded of a payment, perhaps by hand in the dashboard. A charge has its intent's metadata."""
    return _Fact("payment", id_of(charge.get("payment_intent")) or charge["id"], metadata(charge).get("payment_id"))


def _about_refund(refund: Json, at: datetime) -> _Fact:
    hint = refund_snapshot(refund)
    return _Fact("refund", refund["id"], metadata(refund).get("refund_id"), hint)


def _about_dispute(dispute: Json, at: datetime) -> _Fact:
    return _Fact("dispute", dispute["id"], metadata(dispute).get("payment_id"), dispute_snapshot(dispute))


def _about_payout(payout: Json, at: datetime) -> _Fact:
    return _Fact("payout", payout["id"], metadata(payout).get("payout_id"), payout_snapshot(payout))


def _about_transfer(transfer: Json, at: datetime) -> _Fact:
    return _Fact("payout", transfer["id"], metadata(transfer).get("payout_id"), transfer_snapshot(transfer))


READERS: dict[str, tuple[Subject, Read]] = {
    "payment_intent": ("payment", _about_intent),
    "checkout.session": ("payment", _about_session),
    "refund": ("refund", _about_refund),
    "dispute": ("dispute", _about_dispute),
    "payout": ("payout", _about_payout),
    "transfer": ("payout", _about_transfer),
}


NO_NEWS = frozenset({"payment_intent.created"})
"""Sent while a creation is still being answered: nothing in it that is not in the answer."""

REFUNDED: tuple[Subject, Read] = ("payment", _about_charge)


def _event(event: Json, raw: bytes) -> ProviderEvent:
    """A signed event that we cannot read is kept as well, without a hint, so that nothing is lost."""
    name = str(event.get("type") or "unreadable")
    thing = well_formed(lambda: dict(event["data"]["object"])) or {}
    at = well_formed(lambda: moment(event["created"]))
    reader = REFUNDED if name == "charge.refunded" else READERS.get(str(thing.get("object")))
    if name in NO_NEWS:
        reader = None
    fact = _Fact(reader[0] if reader else "other", id_of(thing))
    if reader and at:
        fact = well_formed(lambda: reader[1](thing, at)) or fact
    return ProviderEvent(
        dedupe_key=str(event.get("id") or f"sha256:{hashlib.sha256(raw).hexdigest()}"),
        subject=fact.subject,
        object_id=fact.object_id,
        type=name[:80],
        hint=fact.hint,
        trusted=True,
        our_id=fact.our_id,
        occurred_at=at,
    )
