"""A gateway in the test's own process that takes its time: nothing is paid until the test says so.

It keeps its own books, so that they can be held against ours.
"""

from dataclasses import replace

from freehold.core import clock
from freehold.distribution.replay.till import Till
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.ports.payment_gateway import (
    Charge,
    CreatePayment,
    Declined,
    PaymentSnapshot,
    ProviderRef,
    RefundRequest,
    RefundSnapshot,
)


class PatientGateway(Till):
    """`taken` are its payments by key, `given_back` its refunds."""

    slug = "patient"
    account = "patient"

    def create_payment(self, req: CreatePayment) -> PaymentSnapshot:
        waiting = PaymentSnapshot(
            ref=ProviderRef(req.idempotency_key),
            state=PaymentState.PENDING,
            amount=req.amount,
            received=Money.zero(req.amount.currency),
        )
        return self.taken.setdefault(req.idempotency_key, waiting)

    def pay(self, key: str) -> PaymentSnapshot | None:
        """The payer pays; None when they cannot any more, or did before."""
        waiting = self.taken[key]
        if waiting.state is not PaymentState.PENDING or waiting.amount is None:
            return None
        charge = Charge(f"ch_{key}", waiting.amount, clock.now())
        self.taken[key] = replace(
            waiting, state=PaymentState.PAID, received=waiting.amount, charges=(charge,), occurred_at=charge.occurred_at
        )
        return self.taken[key]

    def cancel_payment(self, ref: ProviderRef, key: str) -> PaymentSnapshot:
        payment = self.fetch_payment(ref)
        if payment.state is PaymentState.PAID:
            raise Declined("The money is there already.", code="paid")
        self.taken[ref.object_id] = replace(payment, state=PaymentState.CANCELLED)
        return self.taken[ref.object_id]

    def refund(self, req: RefundRequest) -> RefundSnapshot:
        payment = self.fetch_payment(req.ref)
        snapshot = super().refund(req)
        back = sum((each.amount.minor for each in self._of(req.ref) if each.amount is not None), 0)
        assert payment.received is not None
        assert back <= payment.received.minor, "more goes back than came"
        self.taken[req.ref.object_id] = replace(payment, refunded=Money(back, req.amount.currency))
        return snapshot

    def forget(self) -> None:
        """Begin again with empty books."""
        self.taken.clear()
        self.given_back.clear()

    def balance(self) -> int:
        """What it holds for us: received less given back, in minor units."""
        received = sum(each.received.minor for each in self.taken.values() if each.received is not None)
        return received - sum(each.amount.minor for each in self.given_back.values() if each.amount is not None)

    def _of(self, ref: ProviderRef) -> list[RefundSnapshot]:
        return [each for each in self.given_back.values() if each.payment == ref]
