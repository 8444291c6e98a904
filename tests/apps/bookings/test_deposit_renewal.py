"""A long stay's deposit is held anew by the card that the guest left it with, or the guest is asked."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import Mock

import pytest

from freehold.adapters.payments.sandbox import SandboxProvider, SandboxSettings
from freehold.bookings.models import DamageDeposit
from freehold.bookings.services import tend_deposits
from freehold.bookings.services.tend_deposits import tend_due_deposits
from freehold.core import clock, outside
from freehold.core.models import OutboxMessage
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment
from freehold.ports.payment_gateway import Capabilities, CreatePayment, Declined, PaymentSnapshot, ProviderRef
from tests.support.deposits import attempt, bank_says, bind_a_sandbox, booked_with_deposit, held
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db(transaction=True)


class Keeping(SandboxProvider):
    """Keeps how payers pay. `asked` is what it was told to hold."""

    def __init__(self, *, refuses: bool = False, says: PaymentState = PaymentState.AUTHORIZED) -> None:
        super().__init__(SandboxSettings(base_url="http://127.0.0.1:9", api_key="k", webhook_secrets=("s",)))
        self.asked: list[CreatePayment] = []
        self._refuses = refuses
        self._says = says

    @property
    def caps(self) -> Capabilities:
        return replace(super().caps, saved_methods=True)

    def create_payment(self, req: CreatePayment) -> PaymentSnapshot:
        self.asked.append(req)
        if self._refuses:
            raise Declined("the bank wants to see the payer", code="authentication_required")
        return PaymentSnapshot(ProviderRef(f"pay_{req.payment_id}"), self._says, req.amount, None)


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


def test_a_bank_that_refuses_days_later_has_the_guest_asked() -> None:
    """Until then nobody is: it may still be held."""
    deposit, first = running_out()
    outside.bind_payment_gateway(Keeping(says=PaymentState.PROCESSING))
    tend_due_deposits()
    assert asked() == 0
    second = Payment.objects.system("test").get(folio_id=deposit.folio_id, attempt=first.attempt + 1)
    bank_says(second, PaymentState.FAILED)
    deposit.refresh_from_db()
    assert (deposit.state, deposit.payment_id) == ("held", first.pk)
    assert asked() == 1


def test_a_renewal_that_fails_after_the_first_was_let_go_has_the_guest_asked() -> None:
    deposit, first = running_out()
    outside.bind_payment_gateway(Keeping(says=PaymentState.PROCESSING))
    tend_due_deposits()
    second = Payment.objects.system("test").get(folio_id=deposit.folio_id, attempt=first.attempt + 1)
    bank_says(first, PaymentState.CANCELLED)
    bank_says(second, PaymentState.FAILED)
    deposit.refresh_from_db()
    assert deposit.state == "lapsed"
    assert asked() == 1


def test_the_guests_own_attempt_that_fails_asks_nobody() -> None:
    deposit, _first = running_out()
    bank_says(attempt(deposit), PaymentState.FAILED)
    assert asked() == 0


def test_the_guest_is_asked_together_with_the_note_that_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends in between would keep the guest from being asked for a day."""
    deposit, _first = running_out()
    monkeypatch.setattr(tend_deposits, "ask_anew", Mock(side_effect=RuntimeError("the end")))
    with pytest.raises(RuntimeError):
        tend_deposits.tend_deposit(deposit_id=deposit.pk)
    deposit.refresh_from_db()
    assert deposit.renewal_asked_at is None


def test_it_is_renewed_three_days_before() -> None:
    deposit, first = running_out()
    Payment.objects.system("test").filter(pk=first.pk).update(authorized_at=clock.now() - timedelta(days=5))
    for days, expected in ((4, 0), (2, 1)):
        until = clock.now() + timedelta(days=days)
        DamageDeposit.objects.system("test").filter(pk=deposit.pk).update(held_until=until)
        tend_due_deposits()
        assert asked() == expected
