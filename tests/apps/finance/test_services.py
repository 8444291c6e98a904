"""What the books do when asked properly."""

from datetime import timedelta

import pytest

from freehold.core import clock
from freehold.core.errors import BadInput, Conflict, NotFound
from freehold.core.ids import uuid7
from freehold.domain import ledger
from freehold.domain.money import CurrencyMismatch, Money, MoneyError
from freehold.finance.models import Account, ClosedPeriod, Folio, JournalEntry, Settlement
from freehold.finance.selectors import folio_balance
from freehold.finance.services.add_receivable import add_receivable
from freehold.finance.services.lock_folio import lock_folio
from freehold.finance.services.open_folio import open_folio
from freehold.finance.services.post_entry import post_company_entry, post_entry
from freehold.finance.services.settle import settle
from freehold.finance.services.unsettle import unsettle
from freehold.finance.services.write_off_open import write_off_open
from tests.apps.payments.builders import a_folio, a_payment, a_refund, usd
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db


def left_to_pay(folio: Folio) -> list[int]:
    return [each.amount_minor - each.settled_minor - each.written_off_minor for each in folio.receivables.all()]


class TestOpenFolio:
    def test_the_same_reference_is_the_same_folio(self) -> None:
        company = CompanyFactory()
        first = open_folio(company_id=company.pk, kind="booking", reference="FH-1", currency="USD")
        assert open_folio(company_id=company.pk, kind="booking", reference="FH-1", currency="USD") == first

    def test_another_currency_under_the_same_reference_is_refused(self) -> None:
        folio = a_folio()
        with pytest.raises(Conflict) as refused:
            open_folio(company_id=folio.company_id, kind="booking", reference=folio.reference, currency="EUR")
        assert refused.value.code == "folio_exists"

    def test_an_unknown_currency_is_refused(self) -> None:
        with pytest.raises(MoneyError):
            open_folio(company_id=CompanyFactory().pk, kind="booking", reference="FH-1", currency="XXX")

    def test_two_companies_may_use_one_reference(self) -> None:
        ids = {
            open_folio(company_id=CompanyFactory().pk, kind="booking", reference="FH-1", currency="USD").pk
            for _ in range(2)
        }
        assert len(ids) == 2

    def test_a_folio_that_is_not_there_cannot_be_locked(self) -> None:
        with pytest.raises(NotFound):
            lock_folio(uuid7())


class TestPostEntry:
    def test_an_entry_brings_the_accounts_that_it_needs(self) -> None:
        folio = a_folio()
        entry = post_entry(folio=folio, key="k", entry=ledger.payment_received(usd(500)), occurred_at=clock.now())
        assert entry is not None
        postings = dict(entry.postings.values_list("account__code", "amount_minor"))
        assert postings == {"gateway_clearing": 500, "receivable": -500}
        assert Account.objects.company(folio.company_id).count() == 2

    def test_the_same_key_posts_once(self) -> None:
        folio, entry = a_folio(), ledger.payment_received(usd(500))
        first = post_entry(folio=folio, key="k", entry=entry, occurred_at=clock.now())
        again = post_entry(folio=folio, key="k", entry=entry, occurred_at=clock.now() + timedelta(days=1))
        assert first == again
        assert JournalEntry.objects.company(folio.company_id).count() == 1

    @pytest.mark.parametrize(
        "other", [ledger.payment_received(usd(501)), ledger.refund_issued(usd(500))], ids=["amount", "kind"]
    )
    def test_another_entry_under_a_used_key_is_refused(self, other: ledger.Entry) -> None:
        folio = a_folio()
        post_entry(folio=folio, key="k", entry=ledger.payment_received(usd(500)), occurred_at=clock.now())
        with pytest.raises(Conflict) as refused:
            post_entry(folio=folio, key="k", entry=other, occurred_at=clock.now())
        assert refused.value.code == "entry_key_used"

    def test_a_key_belongs_to_its_folio(self) -> None:
        folio, entry = a_folio(), ledger.payment_received(usd(500))
        post_entry(folio=folio, key="k", entry=entry, occurred_at=clock.now())
        with pytest.raises(Conflict):
            post_company_entry(company_id=folio.company_id, key="k", entry=entry, occurred_at=clock.now())

    def test_an_entry_about_nothing_is_not_written(self) -> None:
        folio = a_folio()
        entry = ledger.payment_received(usd(0))
        assert post_entry(folio=folio, key="k", entry=entry, occurred_at=clock.now()) is None
        assert not JournalEntry.objects.company(folio.company_id).exists()

    def test_another_currency_than_the_folios_is_refused(self) -> None:
        with pytest.raises(CurrencyMismatch):
            post_entry(
                folio=a_folio(),
                key="k",
                entry=ledger.payment_received(Money(500, "EUR")),
                occurred_at=clock.now(),
            )

    def test_a_closed_period_takes_no_entry(self) -> None:
        folio = a_folio()
        ClosedPeriod.objects.create(company_id=folio.company_id, until=clock.now().date())
        with pytest.raises(Conflict) as refused:
            post_entry(folio=folio, key="k", entry=ledger.payment_received(usd(1)), occurred_at=clock.now())
        assert refused.value.code == "period_closed"


class TestSettle:
    def test_the_oldest_debt_is_paid_first(self) -> None:
        folio = a_folio(300, 500)
        outcome = settle(folio=folio, payment_id=a_payment(folio).pk, amount=usd(400))
        assert (outcome.applied, outcome.excess) == (usd(400), usd(0))
        assert left_to_pay(folio) == [0, 400]

    def test_what_is_too_much_is_excess(self) -> None:
        folio = a_folio(300)
        outcome = settle(folio=folio, payment_id=a_payment(folio).pk, amount=usd(1_000))
        assert (outcome.applied, outcome.excess) == (usd(300), usd(700))

    def test_what_was_written_off_is_not_paid(self) -> None:
        folio = a_folio(300)
        assert write_off_open(folio=folio) == usd(300)
        assert settle(folio=folio, payment_id=a_payment(folio).pk, amount=usd(100)).excess == usd(100)

    def test_only_money_of_the_folios_currency_settles(self) -> None:
        folio = a_folio(300)
        payment = a_payment(folio)
        with pytest.raises(CurrencyMismatch):
            settle(folio=folio, payment_id=payment.pk, amount=Money(100, "EUR"))
        with pytest.raises(BadInput):
            settle(folio=folio, payment_id=payment.pk, amount=usd(0))


class TestUnsettle:
    def test_the_latest_debt_is_owed_again_first(self) -> None:
        folio = a_folio(300, 500)
        payment = a_payment(folio)
        settle(folio=folio, payment_id=payment.pk, amount=usd(800))
        refund = a_refund(payment, amount=600)
        assert unsettle(folio=folio, refund_id=refund.pk, payment_id=payment.pk, amount=usd(600)) == usd(600)
        assert left_to_pay(folio) == [100, 500]
        taken = Settlement.objects.company(folio.company_id).filter(refund=refund)
        assert sum(taken.values_list("amount_minor", flat=True)) == -600

    def test_a_debt_may_be_given_up_with_the_money(self) -> None:
        folio = a_folio(300)
        payment = a_payment(folio)
        settle(folio=folio, payment_id=payment.pk, amount=usd(300))
        refund = a_refund(payment, amount=300)
        unsettle(folio=folio, refund_id=refund.pk, payment_id=payment.pk, amount=usd(300), write_off=True)
        balance = folio_balance(folio.pk)
        assert (balance.charged, balance.written_off, balance.settled, balance.owed) == (
            usd(300),
            usd(300),
            usd(0),
            usd(0),
        )

    def test_money_that_paid_for_nothing_takes_nothing_off(self) -> None:
        folio = a_folio(300)
        first, twice = a_payment(folio), a_payment(folio)
        settle(folio=folio, payment_id=first.pk, amount=usd(300))
        settle(folio=folio, payment_id=twice.pk, amount=usd(300))
        refund = a_refund(twice, amount=300)
        assert unsettle(folio=folio, refund_id=refund.pk, payment_id=twice.pk, amount=usd(300)) == usd(0)
        assert folio_balance(folio.pk).settled == usd(300)

    def test_taking_off_twice_takes_only_what_is_there(self) -> None:
        folio = a_folio(300)
        payment = a_payment(folio)
        settle(folio=folio, payment_id=payment.pk, amount=usd(300))
        for expected in (200, 100, 0):
            refund = a_refund(payment, amount=200)
            taken = unsettle(folio=folio, refund_id=refund.pk, payment_id=payment.pk, amount=usd(200))
            assert taken == usd(expected)


def test_a_receivable_is_not_negative_and_of_the_folios_currency() -> None:
    folio = a_folio()
    with pytest.raises(BadInput):
        add_receivable(folio=folio, kind="full", label="x", amount=usd(-1), due_at=clock.now())
    with pytest.raises(CurrencyMismatch):
        add_receivable(folio=folio, kind="full", label="x", amount=Money(1, "EUR"), due_at=clock.now())


def test_an_empty_folio_owes_nothing() -> None:
    assert folio_balance(a_folio().pk).owed == usd(0)
    with pytest.raises(NotFound):
        folio_balance(uuid7())
