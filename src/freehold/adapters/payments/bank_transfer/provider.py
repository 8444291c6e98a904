"""Bank transfer behind the payment port. It asks nobody and knows nothing: the rooms keep what people record."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from freehold.adapters.payments.bank_transfer.settings import BankTransferSettings
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
)

CAPABILITIES = Capabilities(
    currencies=frozenset(),
    min_minor={},
    step_minor={},
    manual_capture=False,
    cancel=True,
    partial_refund=True,
    refund_is_async=False,
    refund_window_days=None,
    payout=False,
    signed_webhooks=True,  # it takes no message at all
    ledger=False,
    multi_attempt_object=True,
    partial_capture=False,
    fetch=False,
    refund_by_hand=True,
)

LABELS = {
    "account_holder": "Account holder",
    "bank_name": "Bank",
    "iban": "IBAN",
    "account_number": "Account number",
    "bic": "BIC",
    "branch": "Branch",
    "paybill": "Paybill",
    "till": "Till",
    "amount": "Amount",
    "reference": "Reference",
    "note": "Note",
}
BY_HAND = "by_hand"


class BankTransferProvider:
    def __init__(self, settings: BankTransferSettings) -> None:
        self._settings = settings
        self._caps = replace(CAPABILITIES, currencies=settings.currencies)

    @property
    def slug(self) -> str:
        return "bank_transfer"

    @property
    def account(self) -> str:
        return self._settings.account

    @property
    def caps(self) -> Capabilities:
        return self._caps

    def create_payment(self, req: CreatePayment) -> PaymentSnapshot:
        """Words that tell the payer where to send the money, and what to write beside it."""
        if self._caps.currencies and req.amount.currency not in self._caps.currencies:
            raise Misconfigured(f"this account takes no {req.amount.currency}", code="currency_not_supported")
        note = self._settings.details.get("note", "")
        shown = {
            **{name: value for name, value in self._settings.details.items() if value and name != "note"},
            "amount": str(req.amount),
            "reference": req.reference,
            **({"note": note} if note else {}),
        }
        text = "\n".join(f"{LABELS.get(name, name)}: {value}" for name, value in shown.items())
        ref = ProviderRef(f"transfer-{req.payment_id}-{req.attempt}", extra={"reference": req.reference})
        action = NextAction("instructions", text=text, client=shown)
        return PaymentSnapshot(
            ref, PaymentState.PENDING, req.amount, received=Money.zero(req.amount.currency), next_action=action
        )

    def fetch_payment(self, ref: ProviderRef) -> PaymentSnapshot:
        """Nothing that we do not know already: the capability `fetch` says so."""
        return PaymentSnapshot(ref, PaymentState.PENDING, amount=None, received=None)

    def complete_return(self, ref: ProviderRef, params: Mapping[str, str]) -> PaymentSnapshot:
        return self.fetch_payment(ref)

    def capture_payment(self, ref: ProviderRef, amount: Money, key: str) -> PaymentSnapshot:
        raise Declined("a transfer holds no money", code="not_authorized")

    def cancel_payment(self, ref: ProviderRef, key: str) -> PaymentSnapshot:
        """Nobody waits for the money any more. It may still come: then a person decides."""
        return PaymentSnapshot(ref, PaymentState.CANCELLED, amount=None, received=None)

    def refund(self, req: RefundRequest) -> RefundSnapshot:
        """Only a person can send it back."""
        raise Declined("a transfer is given back by hand", code=BY_HAND)

    def fetch_refund(self, provider_id: str, ref: ProviderRef) -> RefundSnapshot:
        raise Misconfigured("a transfer is given back by hand", code=BY_HAND)

    def payout(self, req: PayoutRequest) -> PayoutSnapshot:
        raise Misconfigured("a transfer is made by hand", code=BY_HAND)

    def fetch_payout(self, provider_id: str) -> PayoutSnapshot:
        raise Misconfigured("a transfer is made by hand", code=BY_HAND)

    def parse_inbound(self, req: Inbound) -> Parsed:
        raise BadSignature("nobody sends messages about transfers here; a bank's credit notices have their own address")

    def list_ledger(self, since: datetime, until: datetime) -> Iterator[LedgerLine]:
        yield from ()
