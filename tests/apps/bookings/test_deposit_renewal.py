"""A long stay's deposit is held anew by the card that the guest left it with, or the guest is asked."""

from dataclasses import replace

import pytest

from freehold.adapters.payments.sandbox import SandboxProvider, SandboxSettings
from freehold.bookings.models import DamageDeposit
from freehold.bookings.services.tend_deposits import tend_due_deposits
from freehold.core import clock, outside
from freehold.core.models import OutboxMessage
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment
from freehold.ports.payment_gateway import Capabilities, CreatePayment, Declined, PaymentSnapshot, ProviderRef
from tests.support.deposits import bind_a_sandbox, booked_with_deposit, held
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db(transaction=True)


class Keeping(SandboxProvider):
    """Keeps how payers pay. `asked` is what it was told to hold."""

    def __init__(self, *, refuses: bool = False) -> None:
        super().__init__(SandboxSettings(base_url="http://127.0.0.1:9", api_key="k", webhook_secrets=("s",)))
        self.asked: list[CreatePayment] = []
        self._refuses = refuses

    @property
    def caps(self) -> Capabilities:
        return replace(super().caps, saved_methods=True)

    def create_payment(self, req: CreatePayment) -> PaymentSnapshot:
        self.asked.append(req)
        if self._refuses:
            raise Declined("the bank wants to see the payer", code="authentication_required")
        return PaymentSnapshot(ProviderRef(f"pay_{req.payment_id}"), PaymentState.AUTHORIZED, req.amount, None)


def running_out() -> tuple[DamageDeposit, Payment]:
    bind_a_sandbox()
    deposit = booked_with_deposit(nights=20)
    payment = held(deposit)
    kept = {"customer": "cus_1", "payment_method": "pm_1"}
    Payment.objects.system("test").filter(pk=payment.pk).update(provider_extra=kept)
    DamageDeposit.objects.system("test").filter(pk=deposit.pk).update(held_until=clock.now())
    return deposit, payment


def asked() -> int:
    return OutboxMessage.objects.filter(event="DepositAsked").count()


def test_the_saved_card_holds_it_anew_and_nobody_is_asked() -> None:
    deposit, first = running_out()
    gateway = Keeping()
    outside.bind_payment_gateway(gateway)
    tend_due_deposits()
    tend_due_deposits()
    deposit.refresh_from_db()
    first.refresh_from_db()
    assert [dict(each.saved_method) for each in gateway.asked] == [{"customer": "cus_1", "payment_method": "pm_1"}]
    assert (gateway.asked[0].capture, gateway.asked[0].amount.minor) == ("manual", deposit.amount_minor)
    assert deposit.payment_id != first.pk
    assert first.let_go_at is not None
    assert asked() == 0
    assert broken_promises() == []


def test_where_the_bank_refuses_the_guest_is_asked_and_the_first_stays_held() -> None:
    deposit, first = running_out()
    outside.bind_payment_gateway(Keeping(refuses=True))
    tend_due_deposits()
    deposit.refresh_from_db()
    first.refresh_from_db()
    assert (deposit.state, deposit.payment_id, first.let_go_at) == ("held", first.pk, None)
    assert asked() == 1


def test_where_no_card_is_kept_the_guest_is_asked() -> None:
    running_out()
    tend_due_deposits()
    assert asked() == 1
