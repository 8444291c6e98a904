"""The sandbox gateway behind the payment port: stateless, one instance per account, safe for threads."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from freehold.adapters.payments.answers import read, well_formed, written
from freehold.adapters.payments.sandbox.http import SandboxHttp
from freehold.adapters.payments.sandbox.settings import SandboxSettings
from freehold.adapters.payments.sandbox.translate import (
    ledger_line,
    moment,
    payment_snapshot,
    payout_snapshot,
    refund_snapshot,
)
from freehold.adapters.payments.timed_signature import verify
from freehold.domain.money import CURRENCIES, Money
from freehold.domain.payment_states import PaymentState
from freehold.ports.payment_gateway import (
    Ack,
    Capabilities,
    CreatePayment,
    Declined,
    Inbound,
    LedgerLine,
    Parsed,
    PaymentSnapshot,
    PayoutRequest,
    PayoutSnapshot,
    ProviderEvent,
    ProviderRef,
    RefundRequest,
    RefundSnapshot,
    Subject,
    WrongAccount,
)

SIGNATURE = "sandbox-signature"

CAPABILITIES = Capabilities(
    currencies=CURRENCIES,
    min_minor={},
    step_minor={},
    manual_capture=True,
    cancel=True,
    partial_refund=True,
    refund_is_async=True,
    refund_window_days=None,
    payout=True,
    signed_webhooks=True,
    ledger=True,
    multi_attempt_object=True,
    authorization_days=7,
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How events about one kind of object are read."""

    subject: Subject
    our_id: str  # the metadata key that carries our id
    snapshot: Callable[[dict[str, Any]], PaymentSnapshot | RefundSnapshot | PayoutSnapshot]


KINDS = {
    "payment": _Kind("payment", "payment_id", payment_snapshot),
    "refund": _Kind("refund", "refund_id", refund_snapshot),
    "payout": _Kind("payout", "payout_id", payout_snapshot),
}


class SandboxProvider:
    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings
        self._http = SandboxHttp(settings)

    @property
    def slug(self) -> str:
        return "sandbox"

    @property
    def account(self) -> str:
        return self._settings.account

    @property
    def caps(self) -> Capabilities:
        return CAPABILITIES

    # --- payments ---------------------------------------------------------------------------------------

    def create_payment(self, req: CreatePayment) -> PaymentSnapshot:
        body = {
            "reference": req.reference,
            "amount": req.amount.minor,
            "currency": req.amount.currency,
            "description": req.description,
            "merchant": req.metadata.get("merchant", ""),
            "payer": {
                name: value
                for name, value in (
                    ("email", req.payer.email),
                    ("phone", req.payer.phone_e164),
                    ("name", req.payer.name),
                )
                if value
            },
            "return_url": req.return_url,
            "notify_url": req.notify_url,
            "expires_at": req.expires_at.timestamp(),
            "capture": req.capture,
            "metadata": {**req.metadata, "payment_id": req.payment_id},
        }
        return written(payment_snapshot, self._http.write("/v1/payments", body, key=req.idempotency_key))

    def fetch_payment(self, ref: ProviderRef) -> PaymentSnapshot:
        return read(payment_snapshot, self._http.read(f"/v1/payments/{ref.object_id}"))

    def complete_return(self, ref: ProviderRef, params: Mapping[str, str]) -> PaymentSnapshot:
        """The browser's parameters prove nothing: ask the gateway."""
        return self.fetch_payment(ref)

    def capture_payment(self, ref: ProviderRef, amount: Money, key: str) -> PaymentSnapshot:
        path = f"/v1/payments/{ref.object_id}/capture"
        try:
            return written(payment_snapshot, self._http.write(path, {"amount": amount.minor}, key=key))
        except Declined:
            # Captured before under another key is what was wanted.
            snapshot = self.fetch_payment(ref)
            if snapshot.state is PaymentState.PAID and snapshot.received == amount:
                return snapshot
            raise

    def cancel_payment(self, ref: ProviderRef, key: str) -> PaymentSnapshot:
        """Close the payment if it still can be closed; the snapshot tells what it is now, even `paid`."""
        try:
            body = self._http.write(f"/v1/payments/{ref.object_id}/cancel", {}, key=key)
        except Declined:
            return self.fetch_payment(ref)
        return written(payment_snapshot, body)

    # --- refunds and payouts ----------------------------------------------------------------------------

    def refund(self, req: RefundRequest) -> RefundSnapshot:
        body = {
            "payment": req.ref.object_id,
            "amount": req.amount.minor,
            "reason": req.reason,
            "metadata": {"refund_id": req.refund_id},
        }
        return written(refund_snapshot, self._http.write("/v1/refunds", body, key=req.idempotency_key))

    def fetch_refund(self, provider_id: str, ref: ProviderRef) -> RefundSnapshot:
        return read(refund_snapshot, self._http.read(f"/v1/refunds/{provider_id}"))

    def payout(self, req: PayoutRequest) -> PayoutSnapshot:
        body = {
            "amount": req.amount.minor,
            "currency": req.amount.currency,
            "purpose": req.purpose,
            "destination": dict(req.destination),
            "description": req.description,
            "notify_url": req.notify_url,
            "metadata": {"payout_id": req.payout_id},
        }
        return written(payout_snapshot, self._http.write("/v1/payouts", body, key=req.idempotency_key))

    def fetch_payout(self, provider_id: str) -> PayoutSnapshot:
        return read(payout_snapshot, self._http.read(f"/v1/payouts/{provider_id}"))

    # --- what arrives -----------------------------------------------------------------------------------

    def parse_inbound(self, req: Inbound) -> Parsed:
        """Raises BadSignature, and WrongAccount for an event of another account or mode."""
        settings = self._settings
        verify(
            req,
            header=SIGNATURE,
            secrets=settings.webhook_secrets,
            age_s=settings.signature_age_s,
            lead_s=settings.signature_lead_s,
        )
        event = well_formed(lambda: dict(json.loads(req.body))) or {}
        self._check_account(event)
        return Parsed(events=(_event(event, req.body),), ack=Ack())

    def _check_account(self, event: Mapping[str, object]) -> None:
        """An absent field is no mismatch."""
        if event.get("account") not in (None, self._settings.account):
            raise WrongAccount("the event belongs to another account")
        if event.get("livemode") not in (None, self._settings.livemode):
            raise WrongAccount("the event belongs to another mode")

    def list_ledger(self, since: datetime, until: datetime) -> Iterator[LedgerLine]:
        params = {"since": str(since.timestamp()), "until": str(until.timestamp())}
        more = True
        while more:
            page = self._http.read("/v1/ledger", params)
            lines = read(lambda body: [ledger_line(line) for line in body["data"]], page)
            yield from lines
            more = bool(lines) and bool(page.get("has_more"))
            if more:
                params["starting_after"] = str(page["data"][-1]["sequence"])


def _event(event: Mapping[str, Any], raw: bytes) -> ProviderEvent:
    """A signed event that we cannot read is kept as well, without a hint, so that nothing is lost."""
    subject = well_formed(lambda: dict(event["data"]["object"])) or {}
    kind = KINDS.get(str(subject.get("object")))
    hint = well_formed(lambda: kind.snapshot(subject)) if kind else None
    metadata = subject.get("metadata")
    object_id = subject.get("id")
    return ProviderEvent(
        dedupe_key=str(event.get("id") or f"sha256:{sha256(raw).hexdigest()}"),
        subject=kind.subject if kind else "other",
        object_id=str(object_id) if object_id else None,
        type=str(event.get("type") or "unreadable"),
        hint=hint,
        trusted=True,
        our_id=metadata.get(kind.our_id) if kind and isinstance(metadata, dict) else None,
        occurred_at=well_formed(lambda: moment(event["created"])),
    )
