"""Pay, refund, close and hear, in pairs, at the same instant on the same payment.

The acts meet where the race would happen; with the locks in place they cannot, and the outcome is right. Each
negative control takes the locks away and shows that the test would have noticed, or which constraint stands behind.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection

from freehold.config.wiring import wire
from freehold.core import events
from freehold.core.errors import Conflict
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.finance.models import Folio
from freehold.payments.events import MoneyReceived
from freehold.payments.models import Charge, Payment, Refund
from freehold.payments.selectors import refunded_minor, what_we_know
from freehold.payments.services.apply_refund_snapshot import apply_refund_snapshot
from freehold.payments.services.apply_snapshot import apply_snapshot
from freehold.payments.services.end_attempt import end_attempt
from freehold.payments.services.record_money import record_money
from freehold.payments.services.request_refund import request_refund
from freehold.payments.services.retry_refund import retry_refund
from freehold.ports.payment_gateway import PaymentSnapshot, RefundSnapshot
from tests.apps.payments.builders import a_folio, a_payment, an_attempt, apply, seen, usd
from tests.apps.payments.racing import meet_before, without_row_locks
from tests.apps.payments.shop import SYSTEM, account_balance
from tests.factories import CompanyFactory
from tests.support.duel import Outcome, duel

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def told() -> Iterator[list[MoneyReceived]]:
    heard: list[MoneyReceived] = []
    events.subscribe(MoneyReceived, heard.append)
    yield heard
    wire()


@contextmanager
def without_triggers(table: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def paid() -> Payment:
    payment = an_attempt()
    return apply(payment, seen(payment, PaymentState.PAID, 54_000))


def hear(payment: Payment, snapshot: PaymentSnapshot, **options: Any) -> Callable[[], Any]:
    return lambda: apply_snapshot(payment_id=payment.pk, snapshot=snapshot, source="event", **options)


def refund(payment: Payment, minor: int, key: str) -> Callable[[], Refund]:
    return lambda: request_refund(actor=SYSTEM, payment_id=payment.pk, amount=usd(minor), key=key, reason="race")


def all_won(outcomes: list[Outcome]) -> None:
    assert all(outcome.won for outcome in outcomes), outcomes


class TestTheSameNewsTwice:
    def test_money_is_recorded_and_announced_once(
        self, monkeypatch: pytest.MonkeyPatch, told: list[MoneyReceived]
    ) -> None:
        meet_before(monkeypatch, Charge.objects, "bulk_create")
        payment = an_attempt()
        snapshot = seen(payment, PaymentState.PAID, 54_000)
        all_won(duel(hear(payment, snapshot), hear(payment, snapshot)))
        assert len(told) == 1
        assert account_balance(payment.folio_id, "gateway_clearing") == 54_000

    def test_without_locks_only_the_constraint_stands_between(
        self, monkeypatch: pytest.MonkeyPatch, told: list[MoneyReceived]
    ) -> None:
        meet_before(monkeypatch, Charge.objects, "bulk_create")
        payment = an_attempt()
        snapshot = seen(payment, PaymentState.PAID, 54_000)
        with without_row_locks():
            outcomes = duel(hear(payment, snapshot), hear(payment, snapshot))
        assert [type(outcome.error) for outcome in outcomes if not outcome.won] == [IntegrityError]


class TestTwoChargesAtOnce:
    def news(self, payment: Payment) -> tuple[Callable[[], Any], Callable[[], Any]]:
        """Paid twice: the first message knows of one charge, the second of another one only."""
        both = seen(payment, PaymentState.PAID, 54_000, 54_000)
        first, second = both.charges
        return (
            hear(payment, seen(payment, PaymentState.PAID, charges=(first,), received=first.received)),
            hear(payment, seen(payment, PaymentState.PAID, charges=(second,), received=second.received)),
        )

    def test_both_are_kept(self, monkeypatch: pytest.MonkeyPatch, told: list[MoneyReceived]) -> None:
        meet_before(monkeypatch, Payment, "save")
        payment = an_attempt()
        all_won(duel(*self.news(payment)))
        payment.refresh_from_db()
        assert (payment.received_minor, payment.announced_minor) == (108_000, 108_000)
        assert sum(event.amount_minor for event in told) == 108_000

    def test_without_locks_one_would_be_lost(self, monkeypatch: pytest.MonkeyPatch) -> None:
        meet_before(monkeypatch, Charge.objects, "bulk_create")
        payment = an_attempt()
        with without_row_locks():
            outcomes = duel(*self.news(payment))
        payment.refresh_from_db()
        assert payment.received_minor == 54_000 or not all(outcome.won for outcome in outcomes)


class TestTwoRefunds:
    def test_the_second_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        meet_before(monkeypatch, Refund.objects, "create")
        payment = paid()
        outcomes = duel(refund(payment, 30_000, "a"), refund(payment, 30_000, "b"))
        [loser] = [outcome.error for outcome in outcomes if not outcome.won]
        assert isinstance(loser, Conflict)
        assert refunded_minor(payment) == 30_000

    def test_without_locks_the_trigger_refuses_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        meet_before(monkeypatch, Refund.objects, "create")
        payment = paid()
        with without_row_locks():
            outcomes = duel(refund(payment, 30_000, "a"), refund(payment, 30_000, "b"))
        [loser] = [outcome.error for outcome in outcomes if not outcome.won]
        assert isinstance(loser, Conflict)
        assert loser.code == "refund_exceeds_payment"

    def test_without_either_too_much_would_go_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        meet_before(monkeypatch, Refund.objects, "create")
        payment = paid()
        with without_row_locks(), without_triggers("payments_refund"):
            duel(refund(payment, 30_000, "a"), refund(payment, 30_000, "b"))
        assert refunded_minor(payment) == 60_000

    def test_one_cause_at_once_is_one_refund(self, monkeypatch: pytest.MonkeyPatch) -> None:
        meet_before(monkeypatch, Refund.objects, "create")
        payment = paid()
        outcomes = duel(refund(payment, 30_000, "same"), refund(payment, 30_000, "same"))
        all_won(outcomes)
        assert outcomes[0].value == outcomes[1].value
        assert account_balance(payment.folio_id, "refunds_payable") == -30_000

    def test_a_failed_refund_is_sent_again_once(self) -> None:
        payment = paid()
        failed = refund(payment, 54_000, "a")()
        apply_refund_snapshot(
            refund_id=failed.pk, snapshot=RefundSnapshot("re_1", RefundState.FAILED, usd(54_000)), source="event"
        )
        again = [lambda: retry_refund(actor=SYSTEM, refund_id=failed.pk)] * 2
        all_won(duel(*again))
        assert refunded_minor(payment) == 54_000


class TestRefundAgainstTheDashboard:
    def test_together_they_never_exceed_what_came(self) -> None:
        payment = paid()
        asked = what_we_know(payment)
        answer = seen(payment, PaymentState.PAID, 54_000, refunded=Money(40_000, "USD"))
        outcomes = duel(hear(payment, answer, asked=asked), refund(payment, 30_000, "a"))
        assert refunded_minor(payment) <= 54_000
        assert all(outcome.won or isinstance(outcome.error, Conflict) for outcome in outcomes), outcomes


class TestPayAgainstClose:
    def test_money_wins_whoever_comes_first(self, monkeypatch: pytest.MonkeyPatch, told: list[MoneyReceived]) -> None:
        meet_before(monkeypatch, Payment, "save")
        payment = an_attempt()
        closing = lambda: end_attempt(payment_id=payment.pk, state=PaymentState.CANCELLED)  # noqa: E731
        all_won(duel(hear(payment, seen(payment, PaymentState.PAID, 54_000)), closing))
        payment.refresh_from_db()
        assert payment.state == PaymentState.PAID
        assert len(told) == 1

    def test_without_locks_the_two_would_write_over_each_other(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Saving a cancelled attempt over a paid one: the database's own rule is what is left."""
        meet_before(monkeypatch, Payment, "save")
        unpaid = 0
        for _ in range(5):
            payment = an_attempt()
            closing = lambda: end_attempt(payment_id=payment.pk, state=PaymentState.CANCELLED)  # noqa: B023, E731
            with without_row_locks(), without_triggers("payments_payment"):
                duel(hear(payment, seen(payment, PaymentState.PAID, 54_000)), closing)
            payment.refresh_from_db()
            unpaid += payment.state != PaymentState.PAID
        assert unpaid > 0


class TestPayAgainstRefund:
    def test_a_second_charge_and_a_refund_of_the_first_both_count(self, told: list[MoneyReceived]) -> None:
        payment = paid()
        twice = seen(payment, PaymentState.PAID, 54_000, 54_000)
        all_won(duel(hear(payment, twice), refund(payment, 54_000, "a")))
        payment.refresh_from_db()
        assert (payment.received_minor, refunded_minor(payment)) == (108_000, 54_000)
        assert account_balance(payment.folio_id, "receivable") == -54_000


class TestOneTransferRecordedTwice:
    def record(self, folio: Folio) -> Callable[[], Payment]:
        return lambda: record_money(
            actor=SYSTEM, folio_id=folio.pk, method="bank_transfer", amount=usd(54_000), reference="FT123"
        )

    def test_on_two_bookings_it_counts_on_one(self, monkeypatch: pytest.MonkeyPatch, told: list[MoneyReceived]) -> None:
        """Even where the attempts are kept at different accounts, so that no constraint knows them for the same."""
        meet_before(monkeypatch, Charge.objects, "bulk_create")
        company = CompanyFactory()
        folios = a_folio(54_000, company=company), a_folio(54_000, company=company)
        a_payment(folios[0], received=0, state=PaymentState.PENDING, provider="bank_transfer", account="house")
        outcomes = duel(*map(self.record, folios))
        [loser] = [outcome.error for outcome in outcomes if not outcome.won]
        assert isinstance(loser, Conflict)
        assert loser.code == "reference_used"
        assert len(told) == 1
