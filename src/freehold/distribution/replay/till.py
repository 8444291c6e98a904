"""A till in the house: takes every payment at once and gives back what it is asked to, as a gateway would.

The replay's money goes through the real payment services; only the outside world is played, and keeps its own books.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from freehold.core import clock
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.ports.payment_gateway import (
    Capabilities,
    Charge,
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


class Till:
    """One account; `taken` and `given_back` are its books, in minor units by payment and by refund."""

    slug = "till"
    account = "till"
    caps = Capabilities(
        currencies=frozenset(),
        min_minor={},
        step_minor={},
        manual_capture=False,
        cancel=True,
        partial_refund=True,
        refund_is_async=False,
        refund_window_days=None,
        payout=False,
        signed_webhooks=False,
        ledger=False,
        multi_attempt_object=False,
    )

    def __init__(self) -> None:
        self.taken: dict[str, PaymentSnapshot] = {}
        self.given_back: dict[str, RefundSnapshot] = {}

    def create_payment(self, req: CreatePayment) -> PaymentSnapshot:
        return self.taken.setdefault(req.idempotency_key, self._take(req))

    def _take(self, req: CreatePayment) -> PaymentSnapshot:
        moment = clock.now()
        return PaymentSnapshot(
            ref=ProviderRef(req.idempotency_key),
            state=PaymentState.PAID,
            amount=req.amount,
            received=req.amount,
            refunded=Money.zero(req.amount.currency),
            charges=(Charge(req.idempotency_key, req.amount, moment),),
            occurred_at=moment,
        )

    def fetch_payment(self, ref: ProviderRef) -> PaymentSnapshot:
        try:
            return self.taken[ref.object_id]
        except KeyError:
            raise Misconfigured("The till has no such payment.", code="not_found") from None

    def complete_return(self, ref: ProviderRef, params: Mapping[str, str]) -> PaymentSnapshot:
        return self.fetch_payment(ref)

    def capture_payment(self, ref: ProviderRef, amount: Money, key: str) -> PaymentSnapshot:
        return self.fetch_payment(ref)

    def cancel_payment(self, ref: ProviderRef, key: str) -> PaymentSnapshot:
        raise Declined("The till has the money already.", code="paid")

    def refund(self, req: RefundRequest) -> RefundSnapshot:
        # Another process may have taken the money: it is the same till.
        snapshot = RefundSnapshot(req.idempotency_key, RefundState.SUCCEEDED, req.amount, req.ref)
        return self.given_back.setdefault(req.idempotency_key, snapshot)

    def fetch_refund(self, provider_id: str, ref: ProviderRef) -> RefundSnapshot:
        try:
            return self.given_back[provider_id]
        except KeyError:
            raise Misconfigured("The till has no such refund.", code="not_found") from None

    def payout(self, req: PayoutRequest) -> PayoutSnapshot:
        raise Misconfigured("The till pays nobody.", code="no_payouts")

    def fetch_payout(self, provider_id: str) -> PayoutSnapshot:
        raise Misconfigured("The till pays nobody.", code="no_payouts")

    def parse_inbound(self, req: Inbound) -> Parsed:
        raise Misconfigured("The till sends nothing.", code="no_events")

    def list_ledger(self, since: datetime, until: datetime) -> Iterator[LedgerLine]:
        return iter(())
