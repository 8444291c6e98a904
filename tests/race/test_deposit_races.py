"""Release, claim, renew and let go, in pairs, at the same instant on the same damage deposit.

With the locks the second one sees what the first has done. Each negative control takes the locks away and shows that
the test would have noticed, or which constraint stands behind.
"""

from collections.abc import Callable
from typing import Any

import pytest

from freehold.bookings.models import DamageDeposit
from freehold.bookings.services.end_deposit import claim_deposit, release_deposit
from freehold.bookings.services.tend_deposits import tend_deposit
from freehold.core import clock
from freehold.core.errors import Conflict
from freehold.core.models import OutboxMessage
from freehold.domain.deposits import DepositStep
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment
from freehold.payments.services.close_payment import close_payment
from freehold.payments.services.request_capture import request_capture
from tests.apps.payments.racing import meet_before, without_row_locks
from tests.support.booked import SYSTEM
from tests.support.deposits import arrived, attempt, bank_says, bind_a_sandbox, booked_with_deposit, held
from tests.support.duel import duel
from tests.support.promises import broken_promises

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def gateway() -> None:
    bind_a_sandbox()


def claim(deposit: DamageDeposit) -> Callable[[], Any]:
    return lambda: claim_deposit(actor=SYSTEM, deposit_id=deposit.pk, amount=Money(5_000, "USD"), reason="A lamp")


def release(deposit: DamageDeposit) -> Callable[[], Any]:
    return lambda: release_deposit(actor=SYSTEM, deposit_id=deposit.pk)


class TestReleaseAgainstClaim:
    def test_one_of_them_wins_and_the_money_follows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        deposit = booked_with_deposit()
        payment = held(deposit)
        arrived(deposit)
        meet_before(monkeypatch, DamageDeposit, "save")
        outcomes = duel(claim(deposit), release(deposit))
        [loser] = [outcome.error for outcome in outcomes if not outcome.won]
        assert isinstance(loser, Conflict)
        deposit.refresh_from_db()
        payment.refresh_from_db()
        decided = (deposit.state, payment.capture_minor, payment.let_go_at is not None)
        assert decided in (("claimed", 5_000, False), ("released", None, True))
        assert broken_promises() == []

    def test_without_locks_both_would_think_they_had_won(self, monkeypatch: pytest.MonkeyPatch) -> None:
        deposit = booked_with_deposit()
        held(deposit)
        arrived(deposit)
        meet_before(monkeypatch, DamageDeposit, "save")
        with without_row_locks():
            outcomes = duel(claim(deposit), release(deposit))
        losers = [outcome.error for outcome in outcomes if not outcome.won]
        # The row's own constraint (taken or let go, never both) may still refuse one, by another error than ours.
        assert not any(isinstance(each, Conflict) and each.code == "not_held" for each in losers)


class TestRenewedTwice:
    def test_of_two_new_holds_one_counts_and_the_others_are_let_go(self, monkeypatch: pytest.MonkeyPatch) -> None:
        deposit = booked_with_deposit(nights=20)
        first = held(deposit)
        second = attempt(deposit)
        Payment.objects.system("test").filter(pk=second.pk).update(state=PaymentState.EXPIRED)
        third = attempt(deposit)
        meet_before(monkeypatch, DamageDeposit, "save")
        outcomes = duel(
            lambda: bank_says(second, PaymentState.AUTHORIZED), lambda: bank_says(third, PaymentState.AUTHORIZED)
        )
        assert all(outcome.won for outcome in outcomes), outcomes
        deposit.refresh_from_db()
        for payment in (first, second, third):
            payment.refresh_from_db()
        assert (deposit.payment_id, third.let_go_at) == (third.pk, None)
        assert first.let_go_at is not None
        assert second.let_go_at is not None
        assert broken_promises() == []

    def test_two_sweepers_ask_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        deposit = booked_with_deposit(nights=20)
        held(deposit)
        DamageDeposit.objects.system("test").filter(pk=deposit.pk).update(held_until=clock.now())
        outcomes = duel(*[lambda: tend_deposit(deposit_id=deposit.pk)] * 2)
        assert sorted(str(outcome.value) for outcome in outcomes) == ["None", str(DepositStep.RENEW)]
        assert OutboxMessage.objects.filter(event="DepositAsked").count() == 1

    def test_without_locks_they_would_ask_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        deposit = booked_with_deposit(nights=20)
        held(deposit)
        DamageDeposit.objects.system("test").filter(pk=deposit.pk).update(held_until=clock.now())
        meet_before(monkeypatch, DamageDeposit, "save")
        with without_row_locks():
            outcomes = duel(*[lambda: tend_deposit(deposit_id=deposit.pk)] * 2)
        assert [outcome.value for outcome in outcomes] == [DepositStep.RENEW] * 2


class TestTakenAgainstLetGo:
    def test_it_is_taken_or_let_go_and_never_both(self) -> None:
        deposit = booked_with_deposit()
        payment = held(deposit)
        duel(lambda: request_capture(payment_id=payment.pk), lambda: close_payment(payment_id=payment.pk))
        payment.refresh_from_db()
        assert (payment.capture_minor is None) != (payment.let_go_at is None)
