"""The database keeps the books by itself: each rule is attacked with plain SQL."""

from collections.abc import Callable

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from freehold.core import clock
from freehold.core.ids import uuid7
from freehold.domain import ledger
from freehold.finance.models import ClosedPeriod, Folio, JournalEntry
from freehold.finance.services.post_entry import post_entry
from freehold.finance.services.settle import settle
from tests.apps.payments.builders import a_folio, a_payment, a_refund, usd

pytestmark = pytest.mark.django_db


def run(sql: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def refused(sql: str, *parameters: object) -> bool:
    """Whether the statement fails, at once or when its transaction ends."""
    try:
        with transaction.atomic():
            run(sql, *parameters)
            run("SET CONSTRAINTS ALL IMMEDIATE")
    except DatabaseError:
        return True
    return False


@pytest.fixture
def folio() -> Folio:
    return a_folio(54_000)


@pytest.fixture
def entry(folio: Folio) -> JournalEntry:
    posted = post_entry(folio=folio, key="k", entry=ledger.payment_received(usd(500)), occurred_at=clock.now())
    assert posted is not None
    return posted


POSTING = """
    INSERT INTO finance_posting (id, created_at, updated_at, entry_id, account_id, amount_minor, currency)
    SELECT %s, now(), now(), p.entry_id, p.account_id, %s, %s FROM finance_posting AS p
     WHERE p.entry_id = %s LIMIT 1
"""


class TestZeroSum:
    def test_one_more_posting_unbalances_the_entry(self, entry: JournalEntry) -> None:
        assert refused(POSTING, uuid7(), 1, "USD", entry.pk)

    def test_currencies_do_not_balance_each_other(self, entry: JournalEntry) -> None:
        def both() -> None:
            run(POSTING, uuid7(), 5, "EUR", entry.pk)
            run(POSTING, uuid7(), -5, "GBP", entry.pk)
            run("SET CONSTRAINTS ALL IMMEDIATE")

        with pytest.raises(IntegrityError), transaction.atomic():
            both()

    def test_the_rule_waits_for_the_end_of_the_transaction(self, entry: JournalEntry) -> None:
        with transaction.atomic():
            run(POSTING, uuid7(), 7, "USD", entry.pk)
            run(POSTING, uuid7(), -7, "USD", entry.pk)
            run("SET CONSTRAINTS ALL IMMEDIATE")

    def test_a_posting_of_nothing_is_refused(self, entry: JournalEntry) -> None:
        assert refused(POSTING, uuid7(), 0, "USD", entry.pk)


class TestFinality:
    @pytest.mark.parametrize("table", ["finance_posting", "finance_journalentry"])
    def test_what_was_posted_is_never_deleted(self, entry: JournalEntry, table: str) -> None:
        assert refused(f"DELETE FROM {table}")

    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE finance_posting SET amount_minor = -amount_minor",
            "UPDATE finance_posting SET currency = 'EUR'",
            "UPDATE finance_journalentry SET memo = 'never mind'",
            "UPDATE finance_journalentry SET occurred_at = occurred_at - interval '1 year'",
        ],
    )
    def test_what_was_posted_is_never_changed(self, entry: JournalEntry, sql: str) -> None:
        assert refused(sql)

    def test_a_key_is_used_once(self, folio: Folio, entry: JournalEntry) -> None:
        assert refused(
            "INSERT INTO finance_journalentry (id, created_at, updated_at, company_id, kind, key, memo, occurred_at)"
            " VALUES (%s, now(), now(), %s, 'x', 'k', '', now())",
            uuid7(),
            folio.company_id,
        )


class TestClosedPeriods:
    ENTRY = (
        "INSERT INTO finance_journalentry (id, created_at, updated_at, company_id, kind, key, memo, occurred_at)"
        " VALUES (%s, now(), now(), %s, 'x', 'late', '', %s)"
    )

    def test_no_entry_enters_the_last_closed_day(self, folio: Folio) -> None:
        ClosedPeriod.objects.create(company_id=folio.company_id, until="2026-03-31")
        assert refused(self.ENTRY, uuid7(), folio.company_id, "2026-03-31T23:59:59.999Z")
        assert not refused(self.ENTRY, uuid7(), folio.company_id, "2026-04-01T00:00:00Z")

    def test_other_companies_are_not_closed(self, folio: Folio) -> None:
        ClosedPeriod.objects.create(company_id=a_folio().company_id, until="2026-03-31")
        assert not refused(self.ENTRY, uuid7(), folio.company_id, "2026-03-01T00:00:00Z")


class TestReceivables:
    @pytest.mark.parametrize(
        "change",
        [
            "settled_minor = 54001",
            "written_off_minor = 54001",
            "settled_minor = 30000, written_off_minor = 24001",
            "settled_minor = -1",
            "written_off_minor = -1",
            "amount_minor = -1",
        ],
    )
    def test_settled_and_written_off_stay_within_the_amount(self, folio: Folio, change: str) -> None:
        assert refused(f"UPDATE finance_receivable SET {change}")

    def test_a_settled_receivable_cannot_be_made_smaller(self, folio: Folio) -> None:
        settle(folio=folio, payment_id=a_payment(folio).pk, amount=usd(54_000))
        assert refused("UPDATE finance_receivable SET amount_minor = 53999")


class TestSettlements:
    @pytest.fixture
    def attempt(self, folio: Folio) -> Callable[[int, bool], bool]:
        payment = a_payment(folio)
        refund = a_refund(payment, amount=100)
        receivable = folio.receivables.get()

        def insert(minor: int, with_refund: bool) -> bool:
            return refused(
                "INSERT INTO finance_settlement (id, created_at, updated_at, company_id, receivable_id, payment_id,"
                " refund_id, amount_minor) VALUES (%s, now(), now(), %s, %s, %s, %s, %s)",
                uuid7(),
                folio.company_id,
                receivable.pk,
                payment.pk,
                refund.pk if with_refund else None,
                minor,
            )

        return insert

    @pytest.mark.parametrize(("minor", "with_refund"), [(-100, False), (0, False), (100, True), (0, True)])
    def test_money_in_is_positive_and_money_out_names_its_refund(
        self, attempt: Callable[[int, bool], bool], minor: int, with_refund: bool
    ) -> None:
        assert attempt(minor, with_refund)

    def test_the_right_signs_are_accepted(self, attempt: Callable[[int, bool], bool]) -> None:
        assert not attempt(100, False)
        assert not attempt(-100, True)
