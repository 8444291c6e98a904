"""Transfers and chargebacks in the provider's books against ours, without a provider."""

from datetime import timedelta
from typing import Any

import pytest

from freehold.core import clock
from freehold.domain.payment_states import DisputeState, PayoutState
from freehold.payments.comparing import compare
from freehold.payments.models import Difference, Payment, Transfer
from freehold.payments.services.apply_dispute import apply_dispute
from freehold.payments.services.record_differences import record_differences
from freehold.payments.services.repair_difference import repair_difference
from freehold.payments.stuck import stuck_things
from freehold.payments.types import Drift
from freehold.ports.payment_gateway import DisputeSnapshot, LedgerLine
from tests.apps.payments.builders import a_folio, a_payment, usd
from tests.apps.payments.shop import SYSTEM, account_balance
from tests.support.outgoings import PayDesk

pytestmark = pytest.mark.django_db


class Bank:
    slug, account = "sandbox", "acct_sandbox"


def drifts(*lines: LedgerLine) -> list[Drift]:
    now, gateway = clock.now(), Bank()
    bank: Any = gateway
    return list(compare(bank, None, lines, now - timedelta(hours=1), now + timedelta(hours=1)).drifts)


def line(name: str, kind: Any, minor: int, related: str | None = None) -> LedgerLine:
    return LedgerLine(name, kind, usd(minor), related, clock.now())


def a_transfer(state: PayoutState = PayoutState.PAID) -> Transfer:
    desk = PayDesk()
    payee = desk.payee()
    desk.credit(payee, 10_000)
    outgoing = desk.approved(desk.place(payee))
    return Transfer.objects.create(
        company_id=outgoing.company_id,
        outgoing=outgoing,
        provider="sandbox",
        account="acct_sandbox",
        purpose="owner_payout",
        state=state,
        currency="USD",
        amount_minor=10_000,
        notify_token="transfer-token",
        provider_id="po_1",
    )


class TestTransfers:
    def test_one_that_left_is_no_difference(self) -> None:
        a_transfer()
        assert drifts(line("po_1", "payout", -10_000)) == []

    def test_one_that_came_back_there_and_not_here_is(self) -> None:
        a_transfer()
        [drift] = drifts(line("po_1", "payout", -10_000), line("po_1", "payout", 10_000))
        assert (drift.kind, drift.theirs, drift.ours) == ("payout", usd(0), usd(10_000))

    def test_one_that_failed_here_and_left_there_is(self) -> None:
        a_transfer(PayoutState.FAILED)
        [drift] = drifts(line("po_1", "payout", -10_000))
        assert (drift.theirs, drift.ours) == (usd(10_000), usd(0))

    def test_one_that_is_under_way_and_what_a_provider_pays_by_itself_are_none(self) -> None:
        a_transfer(PayoutState.PENDING)
        assert drifts(line("po_1", "payout", -10_000), line("po_nightly", "payout", -99_000)) == []

    def test_one_without_an_answer_does_not_move_on(self) -> None:
        transfer = a_transfer(PayoutState.UNKNOWN)
        at = clock.now() + timedelta(hours=2)
        [thing] = stuck_things(company_id=transfer.company_id, moment=at)
        assert (thing.kind, thing.reference) == ("transfer", transfer.outgoing.reference)


class TestChargebacks:
    @pytest.fixture
    def payment(self) -> Payment:
        return a_payment(a_folio(54_000), object_id="pay_1")

    def test_one_of_which_no_message_came_is_recorded_by_a_click(self, payment: Payment) -> None:
        [drift] = drifts(line("dp_1", "dispute", -54_000, "pay_1"))
        assert (drift.theirs, drift.ours, drift.payment) == (usd(54_000), None, payment)
        bank: Any = Bank()
        now = clock.now()
        record_differences(gateway=bank, company_id=None, drifts=[drift], since=now, until=now)
        row = Difference.objects.get()
        repair_difference(actor=SYSTEM, difference_id=row.pk, repair="record_dispute")
        assert account_balance(payment.folio_id, "disputed") == 54_000
        assert drifts(line("dp_1", "dispute", -54_000, "pay_1")) == []
        row.review.refresh_from_db()
        assert row.review.resolved_at is not None

    def test_one_that_the_books_follow_is_no_difference(self, payment: Payment) -> None:
        said = DisputeSnapshot("dp_1", DisputeState.OPEN, usd(54_000), withdrawn=usd(54_000))
        apply_dispute(payment_id=payment.pk, snapshot=said)
        assert drifts(line("dp_1", "dispute", -54_000, "pay_1")) == []

    def test_one_whose_money_the_books_do_not_know_is(self, payment: Payment) -> None:
        apply_dispute(payment_id=payment.pk, snapshot=DisputeSnapshot("dp_1", DisputeState.OPEN, usd(54_000)))
        [drift] = drifts(line("dp_1", "dispute", -54_000, "pay_1"))
        assert drift.ours == usd(0)
