"""Money out, at one moment by two: each with a control that shows what happens when the locks are off."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model

from freehold.core import events
from freehold.domain.ledger import Account
from freehold.domain.money import Money
from freehold.domain.payment_states import PayoutState
from freehold.finance.models import Outgoing, Posting
from freehold.finance.outgoings import get_outgoing, owner_balance
from freehold.finance.services import decide_outgoing, follow_transfer
from freehold.finance.services import submit_outgoing as submitting
from freehold.finance.services.add_payee import change_payee
from freehold.finance.services.decide_outgoing import approve_outgoing, cancel_outgoing
from freehold.finance.services.submit_outgoing import submit_outgoing
from freehold.payments.models import Transfer
from freehold.payments.services import apply_payout_snapshot as applying
from freehold.payments.services.apply_payout_snapshot import apply_payout_snapshot
from freehold.payments.services.begin_transfer import begin_transfer
from freehold.ports.payment_gateway import PayoutSnapshot
from tests.apps.payments.racing import meet_before, without_row_locks
from tests.support.duel import duel
from tests.support.outgoings import PayDesk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> PayDesk:
    monkeypatch.setattr(events, "announce", lambda event: None)
    for module in ("submit_outgoing", "decide_outgoing"):
        monkeypatch.setattr(f"freehold.finance.services.{module}.announce", lambda event: None)
    return PayDesk()


def states(*outgoings: Outgoing) -> list[str]:
    return sorted(get_outgoing(each.pk).state for each in outgoings)


class TestTwoPayoutsOfOneBalance:
    """Each fits into what the owner is due, both together do not."""

    def approvals(self, desk: PayDesk) -> tuple[list[Outgoing], list[Callable[[], Any]]]:
        owner = desk.payee()
        desk.credit(owner, 10_000)
        place = desk.place(owner)
        both = [desk.submitted(place, 8_000) for _ in range(2)]
        people = (desk.checker, desk.second)
        return both, [
            lambda one=one, person=person: approve_outgoing(actor=person, outgoing_id=one.pk, version=1)
            for one, person in zip(both, people, strict=True)
        ]

    def test_one_is_approved(self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        both, approvals = self.approvals(desk)
        meet_before(monkeypatch, Outgoing, "save")
        duel(*approvals)
        assert states(*both) == ["approved", "submitted"]

    def test_without_locks_both_are(self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        both, approvals = self.approvals(desk)
        meet_before(monkeypatch, Outgoing, "save")
        with without_row_locks():
            duel(*approvals)
        assert states(*both) == ["approved", "approved"]


class TestTwoCheckersOfOne:
    def race(self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[Any]]:
        told: list[Any] = []
        monkeypatch.setattr(decide_outgoing, "announce", told.append)
        outgoing = desk.submitted(desk.place(desk.payee("supplier", "Plumber")))
        meet_before(monkeypatch, Outgoing, "save")
        outcomes = duel(
            *(
                lambda person=person: approve_outgoing(actor=person, outgoing_id=outgoing.pk, version=1)
                for person in (desk.checker, desk.second)
            )
        )
        return sum(each.won for each in outcomes), told

    def test_one_approves(self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        won, told = self.race(desk, monkeypatch)
        assert (won, len(told)) == (1, 1)

    def test_without_locks_the_database_stands_between(self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        with without_row_locks():
            won, told = self.race(desk, monkeypatch)
        assert won == 1, "who has approved it is not exchanged"
        assert len(told) >= 1


class TestRenamedWhileItIsSubmitted:
    def race(self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], str]:
        """The name that was read when it was submitted, and the one that it has."""
        payee = desk.payee("supplier", "Plumber")
        drafted = desk.draft(desk.place(payee, is_confirmed=False))
        read: list[str] = []
        monkeypatch.setattr(submitting, "check_covered", lambda outgoing: read.append(outgoing.payee.name))
        meet_before(monkeypatch, Model, "save")
        duel(
            lambda: change_payee(actor=desk.maker, payee_id=payee.pk, name="Mallory"),
            lambda: submit_outgoing(actor=desk.maker, outgoing_id=drafted.pk),
        )
        after = get_outgoing(drafted.pk)
        assert after.state == "submitted"
        return read, after.payee.name

    def test_it_keeps_the_name_under_which_it_was_submitted(
        self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read, name = self.race(desk, monkeypatch)
        assert read == [name]

    def test_without_locks_it_is_renamed_behind_the_submission(
        self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with without_row_locks():
            assert self.race(desk, monkeypatch) == (["Plumber"], "Mallory")


class TestCancelledWhileItIsSent:
    def race(self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch) -> tuple[int, Outgoing]:
        outgoing = desk.approved(desk.place(desk.payee("supplier", "Plumber")))
        meet_before(monkeypatch, Outgoing, "save")
        outcomes = duel(
            lambda: cancel_outgoing(actor=desk.maker, outgoing_id=outgoing.pk),
            lambda: transaction.atomic(follow_transfer.begin_sending)(outgoing_id=outgoing.pk),
        )
        return sum(each.won for each in outcomes), get_outgoing(outgoing.pk)

    def test_it_is_one_or_the_other(self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        won, outgoing = self.race(desk, monkeypatch)
        assert won == 1
        assert (outgoing.ended_at is not None) == (outgoing.state == "cancelled")

    def test_without_locks_somebody_is_told_what_is_not_so(
        self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with without_row_locks():
            won, outgoing = self.race(desk, monkeypatch)
        assert won == 2 or outgoing.state == "cancelled", "both, unless the database has stopped the later one"


class TestMessageAgainstAnswer:
    def race(self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch) -> Outgoing:
        owner = desk.payee()
        desk.credit(owner, 10_000)
        outgoing = desk.approved(desk.place(owner, "cash", "cash", receiver="Olive"))
        with monkeypatch.context() as patch:
            patch.setattr("freehold.payments.services.begin_transfer.BY_HAND", frozenset())
            patch.setattr("freehold.payments.services.begin_transfer.payer_of", lambda outgoing: ANY_GATEWAY)
            transfer = begin_transfer(outgoing_id=outgoing.pk)
        assert transfer is not None
        snapshot = PayoutSnapshot("po_1", PayoutState.PAID, Money(10_000, "USD"))
        self.marked: list[object] = []
        mark = applying.mark_paid
        monkeypatch.setattr(applying, "mark_paid", lambda **given: (self.marked.append(given), mark(**given)))
        meet_before(monkeypatch, applying, "mark_paid")
        sources: tuple[Any, ...] = ("event", "fetch")
        duel(
            *(
                lambda source=source: apply_payout_snapshot(transfer_id=transfer.pk, snapshot=snapshot, source=source)
                for source in sources
            )
        )
        return outgoing

    def test_it_is_paid_and_posted_once(self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        outgoing = self.race(desk, monkeypatch)
        assert (get_outgoing(outgoing.pk).state, Transfer.objects.system("test").get().state) == ("paid", "paid")
        taken = Posting.objects.filter(entry__payee_id=outgoing.payee_id, account__code=Account.CASH)
        assert [posting.amount_minor for posting in taken] == [-10_000]
        assert len(self.marked) == 1
        left = owner_balance(company_id=outgoing.company_id, payee_id=outgoing.payee_id, currency="USD").left
        assert left == Money.zero("USD")

    def test_without_locks_only_the_key_of_the_entry_stands_between(
        self, desk: PayDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with without_row_locks():
            outgoing = self.race(desk, monkeypatch)
        assert len(self.marked) == 2
        taken = Posting.objects.filter(entry__payee_id=outgoing.payee_id, account__code=Account.CASH)
        assert [posting.amount_minor for posting in taken] == [-10_000]


class _AnyGateway:
    slug, account = "cash", "by_hand"

    class caps:  # noqa: N801
        keyless_payouts: frozenset[str] = frozenset()


ANY_GATEWAY = _AnyGateway()
