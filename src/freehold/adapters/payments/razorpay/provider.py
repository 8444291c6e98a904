"""Razorpay behind the payment port: stateless, one instance per account, safe for threads."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from freehold.adapters.payments.answers import well_formed
from freehold.adapters.payments.razorpay import amounts
from freehold.adapters.payments.razorpay.http import RazorpayHttp
from freehold.adapters.payments.razorpay.inbound import is_signed, parse
from freehold.adapters.payments.razorpay.ledger import read_ledger
from freehold.adapters.payments.razorpay.payouts import payout_body
from freehold.adapters.payments.razorpay.settings import RazorpaySettings
from freehold.adapters.payments.razorpay.translate import (
    notes,
    order_snapshot,
    payout_snapshot,
    refund_snapshot,
    was_captured,
)
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.ports.payment_gateway import (
    BadSignature,
    Capabilities,
    CreatePayment,
    Declined,
    Inbound,
    LedgerLine,
    Misconfigured,
    NextAction,
    Parsed,
    PaymentSnapshot,
    PayoutRequest,
    PayoutSnapshot,
    ProviderRef,
    RefundRequest,
    RefundSnapshot,
    Retryable,
    Unknown,
)

CAPABILITIES = Capabilities(
    currencies=frozenset({"INR"}),
    min_minor=amounts.MIN_MINOR,
    step_minor=amounts.STEP_MINOR,
    manual_capture=True,
    cancel=False,  # nobody can close an order; what is authorised and not captured goes back by itself
    partial_refund=True,
    refund_is_async=True,
    refund_window_days=180,
    payout=False,
    signed_webhooks=True,
    ledger=True,
    multi_attempt_object=True,
    final_after_s=3 * 24 * 3600,  # so long it asks the banks: late authorisations
    partial_capture=False,
)
LONGEST_NOTE = 256
CAPTURE_BY_HAND_MINUTES = 7200  # five days: the longest that Razorpay waits before it lets the money go
NOT_REQUIRED = "not required and should not be sent"

type Json = dict[str, Any]


class RazorpayProvider:
    def __init__(self, settings: RazorpaySettings) -> None:
        self._settings = settings
        self._api = RazorpayHttp(settings)
        self._caps = replace(CAPABILITIES, currencies=settings.currencies, payout=bool(settings.payout_account))

    @property
    def slug(self) -> str:
        return "razorpay"

    @property
    def account(self) -> str:
        return self._settings.account

    @property
    def caps(self) -> Capabilities:
        return self._caps

    # --- payments ---------------------------------------------------------------------------------------

    def create_payment(self, req: CreatePayment) -> PaymentSnapshot:
        """An order. Its receipt is our key: the same one brings the same order back."""
        body = _order_body(req)
        order = self._create_order(body)
        if (order.get("amount"), order.get("currency")) != (body["amount"], body["currency"]):
            raise Misconfigured("this attempt was created with another amount", code="receipt_reused")
        payments = self._payments(str(order.get("id"))) if order.get("status") != "created" else []
        snapshot = well_formed(lambda: order_snapshot(order, payments, offer=self._offer))
        if snapshot is None:
            raise Unknown("Razorpay's order lacks what it should have")
        return snapshot

    def _create_order(self, body: Json) -> Json:
        """`unique_receipt` makes repeating safe. An account that does not know it yet refuses the word: there the
        order is looked for before it is created. One that slips through is harmless: nobody ever gets its id."""
        try:
            return self._api.write(lambda sdk: sdk.order.create({**body, "unique_receipt": True}))
        except Misconfigured as error:
            if NOT_REQUIRED not in str(error):
                raise
        found = self._api.read(lambda sdk: sdk.order.all({"receipt": body["receipt"], "count": 10})).get("items")
        known = [order for order in found or () if order.get("receipt") == body["receipt"]]
        return known[-1] if known else self._api.write(lambda sdk: sdk.order.create(body))

    def fetch_payment(self, ref: ProviderRef) -> PaymentSnapshot:
        order = self._api.read(lambda sdk: sdk.order.fetch(ref.object_id))
        payments = self._payments(ref.object_id)
        snapshot = well_formed(lambda: order_snapshot(order, payments, offer=self._offer))
        if snapshot is None:
            raise Retryable("Razorpay's order lacks what it should have")
        return snapshot

    def complete_return(self, ref: ProviderRef, params: Mapping[str, str]) -> PaymentSnapshot:
        """The browser brings a signature over OUR order: a wrong one is not worth a question, a right one no proof."""
        payment_id, given = params.get("razorpay_payment_id", ""), params.get("razorpay_signature", "")
        if payment_id or given:
            message = f"{ref.object_id}|{payment_id}".encode(errors="replace")
            if not is_signed(given, (self._settings.key_secret,), message):
                raise BadSignature("the browser's signature does not belong to this payment")
        return self.fetch_payment(ref)

    def capture_payment(self, ref: ProviderRef, amount: Money, key: str) -> PaymentSnapshot:
        """All of what is held, or nothing: Razorpay has no partial capture, and no key; a second one is refused."""
        held = [payment for payment in self._payments(ref.object_id) if payment.get("status") == "authorized"]
        if held:
            body = {"currency": amount.currency}
            minor = amounts.to_wire(amount)
            try:
                self._api.write(lambda sdk: sdk.payment.capture(held[-1]["id"], minor, body))
            except Declined as error:
                if error.code != "already_captured":
                    raise
        snapshot = self.fetch_payment(ref)
        if snapshot.state is PaymentState.PAID and snapshot.received == amount:
            return snapshot
        raise Declined("nothing is held that could be captured", code="not_authorized")

    def cancel_payment(self, ref: ProviderRef, key: str) -> PaymentSnapshot:
        raise Declined("Razorpay's orders cannot be closed", code="cannot_cancel")

    # --- refunds and payouts ----------------------------------------------------------------------------

    def refund(self, req: RefundRequest) -> RefundSnapshot:
        payments = self._payments(req.ref.object_id)
        captured = well_formed(lambda: [payment for payment in payments if was_captured(payment)])
        if captured is None:
            raise Retryable("Razorpay's payments lack what they should have")
        if len(captured) > 1 and (made := self._made_before(req, captured)) is not None:
            return made
        payment_id = _payment_to_refund(captured, amounts.to_wire(req.amount))
        body = {
            "amount": amounts.to_wire(req.amount),
            "speed": "normal",
            "receipt": req.refund_id,
            "notes": {"refund_id": req.refund_id, "reason": req.reason[:LONGEST_NOTE]},
        }
        headers = {"X-Refund-Idempotency": f"refund-{req.refund_id}"}
        answer = self._api.write(lambda sdk: sdk.payment.refund(payment_id, body, headers=headers))
        snapshot = well_formed(lambda: refund_snapshot(answer, object_id=req.ref.object_id))
        if snapshot is None:
            raise Unknown("Razorpay's refund lacks what it should have")
        return snapshot

    def _made_before(self, req: RefundRequest, captured: list[Json]) -> RefundSnapshot | None:
        """Which of several charges a refund took is decided once. Asked after the charges were read, so that a
        refund that is made in between is seen here."""
        for payment in captured:
            mine = [
                refund for refund in self._refunds(payment["id"]) if notes(refund).get("refund_id") == req.refund_id
            ]
            if mine:
                return _refund(mine[0], req.ref)
        return None

    def _refunds(self, payment_id: str) -> list[Json]:
        listed = self._api.read(lambda sdk: sdk.payment.fetch_multiple_refund(payment_id, {"count": 100}))
        return listed.get("items") or []

    def fetch_refund(self, provider_id: str, ref: ProviderRef) -> RefundSnapshot:
        answer = self._api.read(lambda sdk: sdk.refund.fetch(provider_id))
        return _refund(answer, ref)

    def payout(self, req: PayoutRequest) -> PayoutSnapshot:
        if not self._settings.payout_account:
            raise Misconfigured("this account has no RazorpayX account to pay out from", code="no_payout_account")
        body = payout_body(req, self._settings.payout_account)
        headers = {"X-Payout-Idempotency": req.payout_id}
        answer = self._api.write(lambda sdk: sdk.post("/v1/payouts", body, headers=headers))
        snapshot = well_formed(lambda: payout_snapshot(answer))
        if snapshot is None:
            raise Unknown("Razorpay's payout lacks what it should have")
        return snapshot

    def fetch_payout(self, provider_id: str) -> PayoutSnapshot:
        answer = self._api.read(lambda sdk: sdk.get(f"/v1/payouts/{provider_id}", {}))
        snapshot = well_formed(lambda: payout_snapshot(answer))
        if snapshot is None:
            raise Retryable("Razorpay's payout lacks what it should have")
        return snapshot

    # --- what arrives -----------------------------------------------------------------------------------

    def parse_inbound(self, req: Inbound) -> Parsed:
        """Raises BadSignature, and WrongAccount for an event of another merchant."""
        return parse(req, self._settings, offer=self._offer)

    def list_ledger(self, since: datetime, until: datetime) -> Iterator[LedgerLine]:
        yield from read_ledger(self._api, since, until, payout_account=self._settings.payout_account)

    # --- parts ------------------------------------------------------------------------------------------

    def _payments(self, order_id: str) -> list[Json]:
        """Every try at the order. Razorpay answers with all of them at once."""
        items = self._api.read(lambda sdk: sdk.order.payments(order_id)).get("items")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise Retryable("Razorpay's list lacks its items")
        return items

    def _offer(self, order: Mapping[str, Any]) -> NextAction:
        """How an order is paid: on a hosted page, or in our page by Razorpay's script."""
        said, settings = notes(order), self._settings
        if settings.checkout_url and "return_url" in said:
            query = {
                "key_id": settings.key_id,
                "order_id": order["id"],
                "callback_url": said["return_url"],
                "callback_method": "get",
            }
            return NextAction("redirect", url=f"{settings.checkout_url}?{urlencode(query)}")
        client = {
            "key_id": settings.key_id,
            "order_id": str(order["id"]),
            "amount": str(order["amount"]),
            "currency": str(order["currency"]),
            "name": str(said.get("merchant", "")),
            "description": str(said.get("description", "")),
            "script": settings.checkout_script,
        }
        return NextAction("client_sdk", client=client)


def _order_body(req: CreatePayment) -> Json:
    by_hand = req.capture == "manual"
    said = {
        "payment_id": req.payment_id,
        "capture": "manual" if by_hand else "",
        "reference": req.reference,
        "merchant": req.metadata.get("merchant", "")[:LONGEST_NOTE],
        "description": req.description[:LONGEST_NOTE],
        "return_url": req.return_url if len(req.return_url) <= LONGEST_NOTE else "",
    }
    return {
        "amount": amounts.to_wire(req.amount),
        "currency": req.amount.currency,
        # At most 40 characters: the id without its hyphens, and the attempt.
        "receipt": f"{req.payment_id.replace('-', '')}-{req.attempt}",
        "notes": {name: value for name, value in said.items() if value},
        "payment": {
            "capture": "manual" if by_hand else "automatic",
            "capture_options": {"manual_expiry_period": CAPTURE_BY_HAND_MINUTES, "refund_speed": "normal"}
            if by_hand
            else {"automatic_expiry_period": 60, "manual_expiry_period": 1440, "refund_speed": "normal"},
        },
    }


def _refund(answer: Json, ref: ProviderRef) -> RefundSnapshot:
    snapshot = well_formed(lambda: refund_snapshot(answer, object_id=ref.object_id))
    if snapshot is None:
        raise Retryable("Razorpay's refund lacks what it should have")
    return snapshot


def _payment_to_refund(captured: list[Json], minor: int) -> str:
    """The charge that has so much left, the newest of several. Raises Declined; a refund never spans two charges."""
    if not captured:
        raise Declined("nothing was captured that could be given back", code="not_captured")
    newest_first = sorted(captured, key=lambda payment: (payment["created_at"], payment["id"]), reverse=True)
    if len(newest_first) == 1:
        return str(newest_first[0]["id"])
    for payment in newest_first:
        if payment["amount"] - (payment["amount_refunded"] or 0) >= minor:
            return str(payment["id"])
    raise Declined("no single charge has so much left", code="refund_exceeds_charge")
