"""bKash's tokenized checkout behind the payment port: stateless, one instance per account, safe for threads.

The payer approves on bKash's page, and nothing is taken until we execute. So a payment that came back too late is
not executed, and one whose creation got lost is simply created anew: nobody has its address, nobody can pay it.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from freehold.adapters.payments.answers import read, written
from freehold.adapters.payments.bkash import codes, inbound, translate
from freehold.adapters.payments.bkash.http import BkashHttp
from freehold.adapters.payments.bkash.payouts import BkashPayouts
from freehold.adapters.payments.bkash.refunds import BkashRefunds
from freehold.adapters.payments.bkash.settings import BkashSettings
from freehold.adapters.payments.bkash.tokens import BkashTokens
from freehold.adapters.payments.bkash.translate import BDT, created, deadline_of, payment_snapshot
from freehold.adapters.payments.bkash.wire import TIMEOUT, new_client
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.ports.payment_gateway import (
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
    ProviderError,
    ProviderRef,
    RefundRequest,
    RefundSnapshot,
    Unknown,
)
from freehold.ports.token_store import TokenStore

WHOLE_PAYMENT = "0011"
SMALLEST = 100
ENDED_BY_PAYER = {"failure": PaymentState.FAILED, "cancel": PaymentState.CANCELLED}
PATIENCE_S = 10.0
"""An execution that failed faster than this is tried once more while the payer waits."""


class BkashProvider:
    def __init__(
        self, settings: BkashSettings, tokens: TokenStore, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._settings, self._now = settings, now
        client = new_client(settings)
        tokenized = BkashTokens(settings, tokens, client, settings.tokenized_url)
        checkout = BkashTokens(settings, tokens, client, settings.checkout_url)
        self._http = BkashHttp(settings, client, tokenized)
        self._refunds = BkashRefunds(self._http, settings.refund_url)
        self._payouts = BkashPayouts(BkashHttp(settings, client, checkout), settings.checkout_url)

    @property
    def slug(self) -> str:
        return "bkash"

    @property
    def account(self) -> str:
        return self._settings.account

    @property
    def caps(self) -> Capabilities:
        return Capabilities(
            currencies=frozenset({BDT}),
            min_minor={BDT: SMALLEST},
            step_minor={},
            manual_capture=self._settings.authorization,
            cancel=False,
            partial_refund=True,
            refund_is_async=False,
            refund_window_days=self._settings.refund_window_days,
            payout=self._settings.payouts,
            signed_webhooks=True,
            ledger=False,
            multi_attempt_object=False,
            final_after_s=24 * 3600,  # so long a paymentID lives
            idempotent_create=False,
            idempotent_refund=False,
            tells_giving_up=False,
        )

    # --- payments ---------------------------------------------------------------------------------------

    def create_payment(self, req: CreatePayment) -> PaymentSnapshot:
        if req.amount.currency != BDT:
            raise Misconfigured("bKash takes taka only", code="2007")
        if req.capture == "manual" and not self._settings.authorization:
            raise Misconfigured("bKash has not enabled authorizations for this account", code="2008")
        invoice = translate.invoice_number(req)
        try:
            body = self._create(req, invoice)
        except Declined as error:
            if error.code not in codes.DUPLICATE:
                raise
            # The answer to an earlier try got lost, and with it the only address at which it could be paid.
            body = self._create(req, f"{invoice}-{secrets.token_hex(4)}")
        return written(lambda answer: created(answer, req), body)

    def _create(self, req: CreatePayment, invoice: str) -> dict[str, Any]:
        body = {
            "mode": WHOLE_PAYMENT,
            "payerReference": translate.plain(req.reference),
            "callbackURL": req.return_url,
            "amount": req.amount.amount_text(),
            "currency": req.amount.currency,
            "intent": "authorization" if req.capture == "manual" else "sale",
            "merchantInvoiceNumber": invoice,
        }
        return self._http.write(f"{self._settings.tokenized_url}/create", body)

    def fetch_payment(self, ref: ProviderRef) -> PaymentSnapshot:
        """Asks only: a payer who approved and never came back is not charged."""
        body = self._http.ask(f"{self._settings.tokenized_url}/payment/status", {"paymentID": ref.object_id})
        return read(lambda answer: payment_snapshot(answer, ref, now=self._now()), body)

    def complete_return(self, ref: ProviderRef, params: Mapping[str, str]) -> PaymentSnapshot:
        """Executes when the browser says that the payer approved, and before the deadline only.

        The browser may lie: an execution without approval is refused. That the payer failed or gave up is taken at its
        word, because nothing is taken from anybody then.
        """
        status = params.get("status", "")
        is_ours = params.get("paymentID", ref.object_id) == ref.object_id
        if status == "success" and is_ours and self._is_in_time(ref):
            return self._execute(ref)
        snapshot = self.fetch_payment(ref)
        if is_ours and status in ENDED_BY_PAYER and snapshot.state is PaymentState.PENDING:
            return _ended(snapshot, ENDED_BY_PAYER[status], f"payer_{status}")
        return snapshot

    def _is_in_time(self, ref: ProviderRef) -> bool:
        """Without a known deadline nothing is executed: what is not executed is not charged."""
        deadline = deadline_of(ref)
        return deadline is not None and self._now() < deadline

    def _execute(self, ref: ProviderRef) -> PaymentSnapshot:
        started = time.monotonic()
        try:
            return self._execute_once(ref)
        except Unknown as error:
            if error.code == TIMEOUT or time.monotonic() - started > PATIENCE_S or not self._is_in_time(ref):
                raise
        # Again is harmless: a payment serves one execution, and bKash says so when it is done.
        return self._execute_once(ref)

    def _execute_once(self, ref: ProviderRef) -> PaymentSnapshot:
        """Raises Unknown when bKash does not tell what became of it: it may be paid any moment."""
        try:
            body = self._http.write(f"{self._settings.tokenized_url}/execute", {"paymentID": ref.object_id})
            return written(lambda answer: payment_snapshot(answer, ref, now=self._now()), body)
        except Declined as error:
            return self._after_refusal(ref, error)
        except Unknown as error:
            return self._after_silence(ref, error)

    def _after_refusal(self, ref: ProviderRef, error: Declined) -> PaymentSnapshot:
        """Done before, not approved, or refused to the payer: the payment itself tells."""
        snapshot = self._asked_after_writing(ref)
        if snapshot.state is not PaymentState.PENDING:
            return snapshot
        if error.code in codes.DONE:
            raise Unknown("bKash calls the payment done and open at once", code=error.code) from error
        if error.code in codes.PAYER:
            state = PaymentState.CANCELLED if error.code == codes.CANCELLED else PaymentState.FAILED
            return _ended(snapshot, state, error.code)
        return snapshot

    def _after_silence(self, ref: ProviderRef, error: Unknown) -> PaymentSnapshot:
        snapshot = self._asked_after_writing(ref)
        if snapshot.state in (PaymentState.PENDING, PaymentState.EXPIRED):
            raise Unknown("bKash has not executed the payment yet, and may still do so", code=error.code) from error
        return snapshot

    def _asked_after_writing(self, ref: ProviderRef) -> PaymentSnapshot:
        try:
            return self.fetch_payment(ref)
        except ProviderError as error:
            raise Unknown(f"bKash does not tell what it did: {error}", code=error.code) from error

    def capture_payment(self, ref: ProviderRef, amount: Money, key: str) -> PaymentSnapshot:
        """Takes what is held. bKash takes all of it or nothing."""
        held = self.fetch_payment(ref)
        if held.amount != amount or held.state not in (PaymentState.AUTHORIZED, PaymentState.PAID):
            raise Declined("bKash captures a held payment, and the whole of it", code="not_capturable")
        return held if held.state is PaymentState.PAID else self._settle(ref, "capture")

    def cancel_payment(self, ref: ProviderRef, key: str) -> PaymentSnapshot:
        """Lets held money go. An open payment cannot be cancelled: it is not executed, and lapses."""
        snapshot = self.fetch_payment(ref)
        return self._settle(ref, "void") if snapshot.state is PaymentState.AUTHORIZED else snapshot

    def _settle(self, ref: ProviderRef, deed: str) -> PaymentSnapshot:
        try:
            self._http.write(f"{self._settings.tokenized_url}/payment/confirm/{deed}", {"paymentID": ref.object_id})
        except Declined as error:
            if error.code not in codes.DONE:
                raise
        return self._asked_after_writing(ref)

    # --- refunds and payouts ----------------------------------------------------------------------------

    def refund(self, req: RefundRequest) -> RefundSnapshot:
        return self._refunds.make(req, self._transaction_of(req.ref))

    def fetch_refund(self, provider_id: str, ref: ProviderRef) -> RefundSnapshot:
        return self._refunds.find(provider_id, ref, self._transaction_of(ref))

    def _transaction_of(self, ref: ProviderRef) -> str:
        charge_id = ref.charge_id or self.fetch_payment(ref).ref.charge_id
        if not charge_id:
            raise Declined("bKash has taken nothing that could be refunded", code="2127")
        return charge_id

    def payout(self, req: PayoutRequest) -> PayoutSnapshot:
        if not self._settings.payouts:
            raise Misconfigured("payouts are not enabled for this account", code="not_enabled")
        return self._payouts.make(req)

    def fetch_payout(self, provider_id: str) -> PayoutSnapshot:
        return self._payouts.find(provider_id)

    # --- what arrives -----------------------------------------------------------------------------------

    def parse_inbound(self, req: Inbound) -> Parsed:
        """Raises BadSignature, WrongAccount, and Retryable while Amazon cannot be asked for its certificate."""
        return inbound.parse(req, self._settings)

    def list_ledger(self, since: datetime, until: datetime) -> Iterator[LedgerLine]:
        """bKash has no list to ask for."""
        return iter(())


def _ended(snapshot: PaymentSnapshot, state: PaymentState, code: str) -> PaymentSnapshot:
    return replace(snapshot, state=state, error_code=code, error_kind="payer", next_action=NextAction("none"))
