"""Two payments of one folio settle at the same moment."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum

from freehold.core import clock
from freehold.domain import ledger
from freehold.finance.models import Account, Folio, JournalEntry, Receivable, Settlement
from freehold.finance.selectors import folio_balance
from freehold.finance.services import chart_of_accounts
from freehold.finance.services.post_entry import post_entry
from freehold.finance.services.settle import settle
from freehold.finance.types import Settled
from tests.apps.payments.builders import a_folio, a_payment, usd
from tests.apps.payments.racing import meet_before, without_row_locks
from tests.support.duel import Outcome, duel

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def settle_twice(folio: Folio) -> list[Outcome]:
    """Two payments that each would pay everything."""

    def act(payment_id: Any) -> Callable[[], Settled]:
        def run() -> Settled:
            with transaction.atomic():
                return settle(folio=folio, payment_id=payment_id, amount=usd(54_000))

        return run

    return duel(act(a_payment(folio).pk), act(a_payment(folio).pk))


def settlements(folio: Folio) -> int:
    rows = Settlement.objects.company(folio.company_id).filter(receivable__folio=folio)
    return int(rows.aggregate(total=Sum("amount_minor"))["total"])


def test_two_settles_at_once_pay_a_debt_once(monkeypatch: pytest.MonkeyPatch) -> None:
    meet_before(monkeypatch, Receivable, "save")
    folio = a_folio(54_000)
    outcomes = settle_twice(folio)
    assert sorted(outcome.value.applied.minor for outcome in outcomes) == [0, 54_000]
    assert settlements(folio) == folio_balance(folio.pk).settled.minor == 54_000


def test_without_locks_the_debt_would_be_paid_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    meet_before(monkeypatch, Receivable, "save")
    folio = a_folio(54_000)
    with without_row_locks():
        settle_twice(folio)
    assert settlements(folio) == 2 * 54_000


def test_two_first_entries_of_a_company_share_its_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    meet_before(monkeypatch, chart_of_accounts, "_find")
    folio = a_folio()

    def post(key: str) -> Callable[[], JournalEntry | None]:
        def run() -> JournalEntry | None:
            with transaction.atomic():
                return post_entry(
                    folio=folio, key=key, entry=ledger.payment_received(usd(100)), occurred_at=clock.now()
                )

        return run

    entries = duel(post("one"), post("two"))
    assert all(outcome.won for outcome in entries), entries
    assert Account.objects.company(folio.company_id).count() == 2


def test_one_key_posted_twice_at_once_is_one_entry() -> None:
    folio = a_folio()

    def post() -> JournalEntry | None:
        with transaction.atomic():
            return post_entry(folio=folio, key="k", entry=ledger.payment_received(usd(100)), occurred_at=clock.now())

    first, second = duel(post, post)
    assert first.value == second.value is not None
    assert JournalEntry.objects.company(folio.company_id).count() == 1
