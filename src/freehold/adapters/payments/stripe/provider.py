"""Stripe behind the payment port: stateless, one instance per account, safe for threads."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from freehold.adapters.payments.answers import read, well_formed, written
from freehold.adapters.payments.stripe import amounts
from freehold.adapters.payments.stripe.http import StripeApi
from freehold.adapters.payments.stripe.inbound import CHECKOUT, OPENED_AS, parse
from freehold.adapters.payments.stripe.ledger import ledger_lines
from freehold.adapters.payments.stripe.settings import StripeSettings
from freehold.adapters.payments.stripe.translate import (
    id_of,
    intent_snapshot,
    refund_snapshot,
    sent_snapshot,
    session_snapshot,
)
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.ports.payment_gateway import (
    Capabilities,
    CreatePayment,
    Declined,
    Inbound,
    LedgerLine,
    Misconfigured,
    Parsed,
    PaymentSnapshot,
    PayoutRequest,
    PayoutSnapshot,
    ProviderRef,
    RefundRequest,
    RefundSnapshot,
)

CAPABILITIES = Capabilities(
    currencies=frozenset(amounts.EXPONENTS),
    min_minor=amounts.MIN_MINOR,
    step_minor=amounts.STEP_MINOR,
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
    saved_methods=True,
)
SHORTEST_SESSION = timedelta(minutes=30)
CLOCKS_DIFFER_BY = timedelta(minutes=1)
FAR = timedelta(hours=12)
PAGE = 100
LONGEST_METADATA = 500
LONGEST_TEXT = 250

type Json = dict[str, Any]


class StripeProvider:
    def __init__(self, settings: StripeSettings) -> None:
        self._settings = settings
        self._api = StripeApi(settings)

    @property
    def slug(self) -> str:
        return "stripe"

    @property
    def account(self) -> str:
        return self._settings.account

    @property
    def caps(self) -> Capabilities:
        return CAPABILITIES

    # --- payments ---------------------------------------------------------------------------------------

    def create_payment(self, req: CreatePayment) -> PaymentSnapshot:
        if req.saved_method:
            return self._hold_anew(req)
        if self._settings.mode == "intent":
            body = self._adjusted(_intent_params(req))
            made = self._write(lambda v1, key: v1.payment_intents.create(body, key), req.idempotency_key)
            return written(self._intent, made)
        return written(session_snapshot, self._create_session(req))

    def _hold_anew(self, req: CreatePayment) -> PaymentSnapshot:
        """With the card that the payer left before, and without the payer. A bank that wants to see them declines."""
        body = self._adjusted({**_intent_params(req), **_saved_params(req)})
        made = self._write(lambda v1, key: v1.payment_intents.create(body, key), req.idempotency_key)
        return written(self._intent, made)

    def _create_session(self, req: CreatePayment) -> Json:
        """A session ends by itself some time after the hold. One that is far off is left to Stripe's longest, a day.

        The same attempt must say the same however late it is repeated, and only the clock tells far from near: an
        attempt that was first made on the other side of that line is found by the other wording.
        """
        near, far = _session_params(req, ends=True), _session_params(req, ends=False)
        is_far = req.expires_at - datetime.now(UTC) > FAR
        first, second = (self._adjusted(body) for body in ((far, near) if is_far else (near, far)))
        try:
            return self._write(lambda v1, key: v1.checkout.sessions.create(first, key), req.idempotency_key)
        except Misconfigured as error:
            if error.code != "idempotency_error":
                raise
        return self._write(lambda v1, key: v1.checkout.sessions.create(second, key), req.idempotency_key)

    def _adjusted(self, body: Json) -> Json:
        wanted = {**body, **self._settings.extra_create_params}
        return {name: value for name, value in wanted.items() if value is not None}

    def fetch_payment(self, ref: ProviderRef) -> PaymentSnapshot:
        if _is_session(ref):
            session = self._api.read(
                lambda v1: v1.checkout.sessions.retrieve(ref.object_id, {"expand": ["payment_intent.latest_charge"]})
            )
            return read(session_snapshot, session)
        intent = self._api.read(lambda v1: v1.payment_intents.retrieve(ref.object_id, {"expand": ["latest_charge"]}))
        return read(self._intent, intent)

    def complete_return(self, ref: ProviderRef, params: Mapping[str, str]) -> PaymentSnapshot:
        """The browser's parameters prove nothing: ask Stripe."""
        return self.fetch_payment(ref)

    def capture_payment(self, ref: ProviderRef, amount: Money, key: str) -> PaymentSnapshot:
        """Take held money, all or a part; Stripe lets the rest go."""
        intent_id = self._intent_id(ref)
        body = {"amount_to_capture": amounts.to_wire(amount), "expand": ["latest_charge"]}
        try:
            taken = self._write(lambda v1, key: v1.payment_intents.capture(intent_id, body, key), key)
        except Declined:
            # Captured before under another key is what was wanted.
            snapshot = self.fetch_payment(ref)
            if snapshot.state is PaymentState.PAID and snapshot.received == amount:
                return snapshot
            raise
        return written(lambda body: self._intent(body, ref), taken)

    def cancel_payment(self, ref: ProviderRef, key: str) -> PaymentSnapshot:
        """Close the payment if it still can be closed; the snapshot tells what it is now, even `paid`.

        Stripe lets nobody cancel the intent of an open session: the session is expired. Money that is held behind a
        completed one is let go by its intent.
        """
        if not _is_session(ref):
            return self._cancel_intent(ref, ref.object_id, key)
        try:
            expired = self._write(lambda v1, key: v1.checkout.sessions.expire(ref.object_id, {}, key), key)
        except Declined:
            snapshot = self.fetch_payment(ref)
            intent_id = snapshot.ref.extra.get("payment_intent")
            if snapshot.state is PaymentState.AUTHORIZED and intent_id:
                return self._cancel_intent(ref, intent_id, f"{key}:intent")
            return snapshot
        return written(session_snapshot, expired)

    def _cancel_intent(self, ref: ProviderRef, intent_id: str, key: str) -> PaymentSnapshot:
        try:
            closed = self._write(lambda v1, key: v1.payment_intents.cancel(intent_id, {}, key), key)
        except Declined:
            return self.fetch_payment(ref)
        return written(lambda body: self._intent(body, ref), closed)

    def _intent(self, body: Json, ref: ProviderRef | None = None) -> PaymentSnapshot:
        session_id = ref.object_id if ref and _is_session(ref) else None
        browser = {"publishable_key": self._settings.publishable_key, "script": self._settings.script}
        return intent_snapshot(body, object_id=session_id, browser=browser)

    def _intent_id(self, ref: ProviderRef) -> str:
        """Asks for it where it is not known yet. Raises Declined when nobody has tried to pay."""
        if not _is_session(ref):
            return ref.object_id
        known = ref.extra.get("payment_intent")
        if known is None:
            session = self._api.read(lambda v1: v1.checkout.sessions.retrieve(ref.object_id))
            known = id_of(session.get("payment_intent"))
        if known is None:
            raise Declined("nothing was paid in this session", code="payment_intent_unexpected_state")
        return known

    # --- refunds and payouts ----------------------------------------------------------------------------

    def refund(self, req: RefundRequest) -> RefundSnapshot:
        body = {
            "payment_intent": self._intent_id(req.ref),
            "amount": amounts.to_wire(req.amount),
            "metadata": {
                "refund_id": req.refund_id,
                "payment_object": req.ref.object_id,
                "reason": req.reason[:LONGEST_METADATA],
            },
        }
        made = self._write(lambda v1, key: v1.refunds.create(body, key), req.idempotency_key)
        return written(lambda body: refund_snapshot(body, payment=req.ref), made)

    def fetch_refund(self, provider_id: str, ref: ProviderRef) -> RefundSnapshot:
        refund = self._api.read(lambda v1: v1.refunds.retrieve(provider_id))
        return read(lambda body: refund_snapshot(body, payment=ref), refund)

    def payout(self, req: PayoutRequest) -> PayoutSnapshot:
        """To a connected account (`acct`), or to a bank account that Stripe knows (`external_account`)."""
        body: Json = {
            "amount": amounts.to_wire(req.amount, steps=amounts.PAYOUT_STEP_MINOR),
            "currency": req.amount.currency.lower(),
            "description": req.description[:LONGEST_TEXT],
            "metadata": {"payout_id": req.payout_id, "purpose": req.purpose},
        }
        if account := req.destination.get("acct"):
            body |= {"destination": account, "transfer_group": req.payout_id}
            made = self._write(lambda v1, key: v1.transfers.create(body, key), req.idempotency_key)
        elif bank := req.destination.get("external_account"):
            body |= {"destination": bank}
            made = self._write(lambda v1, key: v1.payouts.create(body, key), req.idempotency_key)
        else:
            raise Misconfigured("Stripe pays to a connected account or a bank account of its own", code="destination")
        return written(sent_snapshot, made)

    def fetch_payout(self, provider_id: str) -> PayoutSnapshot:
        if provider_id.startswith("tr_"):
            return read(sent_snapshot, self._api.read(lambda v1: v1.transfers.retrieve(provider_id)))
        return read(sent_snapshot, self._api.read(lambda v1: v1.payouts.retrieve(provider_id)))

    # --- what arrives, and the books --------------------------------------------------------------------

    def parse_inbound(self, req: Inbound) -> Parsed:
        """Raises BadSignature, and WrongAccount for an event of another account or mode."""
        return parse(req, self._settings)

    def list_ledger(self, since: datetime, until: datetime) -> Iterator[LedgerLine]:
        """Oldest first. Stripe lists the newest first, to the second."""
        params: Json = {
            "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
            "limit": PAGE,
            "expand": ["data.source"],
        }
        pages: list[list[LedgerLine]] = []
        more = True
        while more:
            page = self._api.read(lambda v1: v1.balance_transactions.list(params))
            pages += [_booked(each) for each in page["data"]]
            more = bool(page["data"]) and bool(page.get("has_more"))
            if more:
                params["starting_after"] = page["data"][-1]["id"]
        for lines in reversed(pages):
            yield from lines

    def _write(self, ask: Callable[[Any, Json], Any], key: str) -> Json:
        """POST under an idempotency key: ours, because the SDK's own is another one in every process."""
        return self._api.write(lambda v1: ask(v1, {"idempotency_key": key}))


def _booked(line: Json) -> list[LedgerLine]:
    """A line that we cannot read would not be readable later: a person has to look."""
    lines = well_formed(lambda: list(ledger_lines(line)))
    if lines is None:
        raise Misconfigured(
            f"Stripe's books have a line that makes no sense here: {line.get('id')}", code="ledger_line"
        )
    return lines


def _is_session(ref: ProviderRef) -> bool:
    return ref.object_id.startswith("cs_")


def _intent_params(req: CreatePayment) -> Json:
    return {
        "amount": amounts.to_wire(req.amount),
        "currency": req.amount.currency.lower(),
        "capture_method": "manual" if req.capture == "manual" else "automatic",
        "description": _name(req),
        "metadata": _metadata(req),
        "automatic_payment_methods": {"enabled": True},
    }


def _saved_params(req: CreatePayment) -> Json:
    return {
        "customer": req.saved_method["customer"],
        "payment_method": req.saved_method["payment_method"],
        "confirm": True,
        "off_session": True,
    }


def _session_params(req: CreatePayment, *, ends: bool) -> Json:
    price = {
        "currency": req.amount.currency.lower(),
        "unit_amount": amounts.to_wire(req.amount),
        "product_data": {"name": _name(req)},
    }
    capture = {"capture_method": "manual"} if req.capture == "manual" else {}
    # The payer agrees on Stripe's page that it may be held once more with the same card.
    kept = {"setup_future_usage": "off_session"} if req.keeps_method else {}
    # Stripe wants at least 30 minutes from now; from the hold's deadline it is so whenever we may still ask.
    end = req.expires_at + SHORTEST_SESSION + CLOCKS_DIFFER_BY
    return {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": req.return_url,
        "cancel_url": req.return_url,
        "client_reference_id": req.reference,
        "customer_email": req.payer.email or None,
        "metadata": _metadata(req),
        "payment_intent_data": {
            "description": _name(req),
            "metadata": {**_metadata(req), OPENED_AS: CHECKOUT},
            **capture,
            **kept,
        },
        "customer_creation": "always" if req.keeps_method else None,
        "expires_at": int(end.timestamp()) if ends else None,
    }


def _name(req: CreatePayment) -> str:
    return (req.description or req.reference)[:LONGEST_TEXT]


def _metadata(req: CreatePayment) -> dict[str, str]:
    ours = {"payment_id": req.payment_id, "attempt": str(req.attempt), "reference": req.reference}
    said = {name: value[:LONGEST_METADATA] for name, value in req.metadata.items() if value}
    return {**said, **ours}
