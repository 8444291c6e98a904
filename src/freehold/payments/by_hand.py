"""Money that people take and give back by themselves: cash, and transfers that no provider stands behind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NoReturn
from uuid import UUID

from freehold.domain.ledger import Account
from freehold.domain.money import Money
from freehold.ports.payment_gateway import (
    Capabilities,
    CreatePayment,
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

ACCOUNT = "by_hand"
CASH = "cash"
TRANSFER = "bank_transfer"
METHODS = frozenset({CASH, TRANSFER})
ELSEWHERE = "elsewhere"
"""Came in before a business moved here, in whatever way: `provider_extra` says how it was called there. Nobody can
record more of it, and what goes back of it goes by hand."""
WITHOUT_GATEWAY = METHODS | {ELSEWHERE}
LONGEST_CHARGE_ID = 120
_KEPT_IN = {CASH: Account.CASH, TRANSFER: Account.BANK, ELSEWHERE: Account.ELSEWHERE}

_CAPABILITIES = Capabilities(
    currencies=frozenset(),
    min_minor={},
    step_minor={},
    manual_capture=False,
    cancel=False,
    partial_refund=True,
    refund_is_async=False,
    refund_window_days=None,
    payout=False,
    signed_webhooks=True,  # nobody sends any
    ledger=False,
    multi_attempt_object=True,
    fetch=False,
    refund_by_hand=True,
)


def kept_in(provider: str) -> Account:
    """Where the books have the money of a provider's payments: with us already, or still at the gateway."""
    return _KEPT_IN.get(provider, Account.GATEWAY_CLEARING)


def charge_id(*, method: str, company_id: UUID, reference: str) -> str:
    """The name of money that a company's people recorded: one for one reference, however it was typed."""
    whose = f"{method}:{company_id.hex}:"
    name = " ".join(reference.split()).casefold()
    if len(whose) + len(name) > LONGEST_CHARGE_ID:
        digest = sha256(name.encode()).hexdigest()[:32]
        name = f"{name[: LONGEST_CHARGE_ID - len(whose) - len(digest) - 1]}~{digest}"
    return whose + name


@dataclass(frozen=True, slots=True)
class ByHand:
    """Stands where a provider's account would: it says what can be done, and can be asked nothing."""

    slug: str
    account: str = ACCOUNT

    @property
    def caps(self) -> Capabilities:
        return _CAPABILITIES

    def create_payment(self, req: CreatePayment) -> PaymentSnapshot:
        _nobody()

    def fetch_payment(self, ref: ProviderRef) -> PaymentSnapshot:
        _nobody()

    def complete_return(self, ref: ProviderRef, params: Mapping[str, str]) -> PaymentSnapshot:
        _nobody()

    def capture_payment(self, ref: ProviderRef, amount: Money, key: str) -> PaymentSnapshot:
        _nobody()

    def cancel_payment(self, ref: ProviderRef, key: str) -> PaymentSnapshot:
        _nobody()

    def refund(self, req: RefundRequest) -> RefundSnapshot:
        _nobody()

    def fetch_refund(self, provider_id: str, ref: ProviderRef) -> RefundSnapshot:
        _nobody()

    def payout(self, req: PayoutRequest) -> PayoutSnapshot:
        _nobody()

    def fetch_payout(self, provider_id: str) -> PayoutSnapshot:
        _nobody()

    def parse_inbound(self, req: Inbound) -> Parsed:
        _nobody()

    def list_ledger(self, since: datetime, until: datetime) -> Iterator[LedgerLine]:
        yield from ()


def _nobody() -> NoReturn:
    raise Misconfigured("people do this by hand", code="by_hand")
