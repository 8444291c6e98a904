"""Money that came by itself: kept once, matched by its reference, allocated once, or waiting where a person sees it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from freehold.companies.models import Company
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.finance.models import Folio
from freehold.payments.desk import WantedPayments, company_payments
from freehold.payments.events import MoneyReceived
from freehold.payments.models import Charge, Credit, Payment, ReviewItem
from freehold.payments.services.allocate_credit import allocate_credit, dismiss_credit
from freehold.payments.services.execute_refund import execute_refund
from freehold.payments.services.receive_credit import PATIENCE, match_credit, match_waiting, store_credit
from freehold.payments.services.record_money import record_money
from freehold.payments.services.record_refund_by_hand import record_refund_by_hand
from freehold.payments.services.request_refund import request_refund
from freehold.payments.services.resolve_review import resolve_review
from freehold.ports.credit_notice import CreditNotice
from tests.apps.payments.builders import a_folio, a_payment, apply, seen, usd
from tests.apps.payments.shop import SYSTEM, account_balance
from tests.factories import CompanyFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    made: Company = CompanyFactory()
    return made


@pytest.fixture
def folio(company: Company) -> Folio:
    """Owes 540.00 now and 100.00 later."""
    made = a_folio(54_000, 10_000, company=company)
    Folio.objects.system("test").filter(pk=made.pk).update(reference="FH-7K2Q9M")
    made.refresh_from_db()
    return made


def staff_of(company: Company, role: str = "staff") -> Actor:
    return Actor.of(MembershipFactory(company=company, role=role).user)


def a_credit(company: Company, minor: int = 54_000, name: str = "T1", **changes: Any) -> Credit:
    trusted = changes.pop("trusted", True)
    said = {"reference": "fh 7k2q9m", "currency": "USD", **changes}
    notice = CreditNotice(
        source="jenga",
        external_id=name,
        account="0123",
        amount=Money(minor, said.pop("currency")),
        **said,
    )
    return store_credit(notice=notice, company_id=company.pk, account="main", trusted=trusted)


def matched(credit: Credit) -> Credit:
    match_credit(credit_id=credit.pk)
    credit.refresh_from_db()
    return credit


class TestMatching:
    def test_a_typed_reference_pays_the_folio(self, company: Company, folio: Folio, told: list[MoneyReceived]) -> None:
        credit = matched(a_credit(company))
        assert credit.state == Credit.State.ALLOCATED
        assert credit.payment is not None
        assert (credit.payment.state, credit.payment.received_minor) == (PaymentState.PAID, 54_000)
        assert [event.amount_minor for event in told] == [54_000]
        assert account_balance(folio, "bank") == 54_000

    def test_case_20_two_parts_reach_the_sum_and_are_told_once(
        self, company: Company, folio: Folio, told: list[MoneyReceived]
    ) -> None:
        first = matched(a_credit(company, 20_000))
        assert told == []
        assert first.payment is not None
        assert first.payment.state == PaymentState.PENDING
        second = matched(a_credit(company, 34_000, "T2"))
        assert second.payment_id == first.payment_id
        assert [event.amount_minor for event in told] == [54_000]

    def test_case_19_too_much_is_told_whole(self, company: Company, folio: Folio, told: list[MoneyReceived]) -> None:
        matched(a_credit(company, 60_000))
        assert [event.amount_minor for event in told] == [60_000]

    def test_money_for_a_lapsed_debt_must_be_all_of_it(
        self, company: Company, folio: Folio, told: list[MoneyReceived]
    ) -> None:
        """What was written off is asked for as it was: less brings no booking back."""
        for receivable in folio.receivables.all():
            receivable.written_off_minor = receivable.amount_minor
            receivable.save()
        matched(a_credit(company, 20_000))
        assert told == []
        matched(a_credit(company, 34_000, "T2"))
        assert [event.amount_minor for event in told] == [54_000]

    def test_the_same_notice_is_kept_once(self, company: Company, folio: Folio, told: list[MoneyReceived]) -> None:
        matched(a_credit(company))
        matched(a_credit(company))
        assert Credit.objects.count() == 1
        assert len(told) == 1

    def test_nobody_takes_the_place_of_another_companys_money(self, company: Company, folio: Folio) -> None:
        """Somebody tells an address of their own, under the bank's name for money of ours, before the bank does."""
        matched(a_credit(CompanyFactory()))
        credit = matched(a_credit(company))
        assert (credit.company_id, credit.state) == (company.pk, Credit.State.ALLOCATED)

    def test_a_copy_that_is_proved_counts_instead_of_one_that_was_not(self, company: Company, folio: Folio) -> None:
        assert matched(a_credit(company, reference="FH-0THER1", trusted=False)).state == Credit.State.UNMATCHED
        credit = matched(a_credit(company))
        assert (credit.state, credit.trusted, credit.reference) == (Credit.State.ALLOCATED, True, "fh 7k2q9m")
        assert Credit.objects.count() == 1
        a_credit(company, reference="FH-0THER1", trusted=False)
        credit.refresh_from_db()
        assert (credit.trusted, credit.reference) == (True, "fh 7k2q9m")

    @pytest.mark.parametrize("changes", [{"minor": 60_000}, {"currency": "KES"}, {"direction": "debit"}])
    def test_a_copy_that_says_something_else_is_for_a_person(
        self, company: Company, folio: Folio, changes: dict[str, Any]
    ) -> None:
        credit = matched(a_credit(company))
        for _ in range(2):
            a_credit(company, **changes)
        item = ReviewItem.objects.get(kind=ReviewItem.Kind.DISAGREEMENT)
        assert (item.company_id, item.payment_id) == (company.pk, credit.payment_id)
        credit.refresh_from_db()
        assert (credit.amount_minor, credit.currency, credit.direction) == (54_000, "USD", "credit")

    def test_a_proved_amount_replaces_another_that_was_not(self, company: Company, folio: Folio) -> None:
        matched(a_credit(company, 100, trusted=False))
        credit = matched(a_credit(company))
        assert (credit.state, credit.amount_minor) == (Credit.State.ALLOCATED, 54_000)
        assert ReviewItem.objects.get().kind == ReviewItem.Kind.DISAGREEMENT

    def test_what_a_person_decided_stays(self, company: Company, folio: Folio) -> None:
        credit = a_credit(company, trusted=False)
        dismiss_credit(actor=staff_of(company), credit_id=credit.pk, reason="not ours")
        credit = matched(a_credit(company))
        assert (credit.state, credit.trusted) == (Credit.State.DISMISSED, True)

    def test_what_this_provider_recorded_already_is_not_money_again(
        self, company: Company, folio: Folio, told: list[MoneyReceived]
    ) -> None:
        payment = a_payment(folio, received=0, state=PaymentState.PENDING, provider="mpesa")
        snapshot = seen(payment, PaymentState.PAID, 54_000)
        apply(payment, snapshot)
        credit = matched(a_credit(company, name=snapshot.charges[0].charge_id))
        assert (credit.state, credit.payment_id) == (Credit.State.KNOWN, payment.pk)
        assert len(told) == 1

    def test_a_payment_under_way_is_waited_for(self, company: Company, folio: Folio) -> None:
        a_payment(folio, received=0, state=PaymentState.PENDING, provider="mpesa")
        credit = matched(a_credit(company))
        assert credit.state == Credit.State.WAITING
        Credit.objects.update(created_at=clock.now() - PATIENCE - timedelta(seconds=1))
        assert match_waiting() == 1
        credit.refresh_from_db()
        assert credit.state == Credit.State.ALLOCATED

    def test_a_charge_that_a_notice_brought_before_is_for_a_person(
        self, company: Company, folio: Folio, told: list[MoneyReceived]
    ) -> None:
        payment = a_payment(folio, received=0, state=PaymentState.EXPIRED, provider="mpesa")
        snapshot = seen(payment, PaymentState.PAID, 54_000)
        matched(a_credit(company, name=snapshot.charges[0].charge_id))
        payment = apply(payment, snapshot)
        assert payment.received_minor == 0
        assert len(told) == 1
        assert payment.review_items.filter(resolved_at=None).exists()

    @pytest.mark.parametrize(
        "changes",
        [
            {"reference": "FH-7K2Q9X"},  # case 37: a slip of the finger
            {"reference": ""},
            {"currency": "KES"},
            {"trusted": False},
        ],
    )
    def test_case_37_what_is_not_certain_waits_for_a_person(
        self, company: Company, folio: Folio, changes: dict[str, Any]
    ) -> None:
        credit = matched(a_credit(company, **changes))
        assert credit.state == Credit.State.UNMATCHED
        assert not Payment.objects.system("test").exists()

    def test_the_reference_of_another_company_is_none(self, folio: Folio) -> None:
        assert matched(a_credit(CompanyFactory())).state == Credit.State.UNMATCHED

    def test_money_that_left_is_kept_and_allocated_nowhere(self, company: Company, folio: Folio) -> None:
        credit = a_credit(company, direction="debit")
        assert credit.state == Credit.State.KEPT
        with pytest.raises(Conflict):
            allocate_credit(actor=staff_of(company), credit_id=credit.pk, folio_id=folio.pk)


class TestAllocating:
    def test_case_37_a_person_allocates_once(self, company: Company, folio: Folio, told: list[MoneyReceived]) -> None:
        credit = matched(a_credit(company, reference="rent"))
        other = a_folio(54_000, company=company)
        actor = staff_of(company)
        for _ in range(2):
            allocate_credit(actor=actor, credit_id=credit.pk, folio_id=folio.pk)
        with pytest.raises(Conflict):
            allocate_credit(actor=actor, credit_id=credit.pk, folio_id=other.pk)
        with pytest.raises(Conflict):
            dismiss_credit(actor=actor, credit_id=credit.pk, reason="not ours")
        assert len(told) == 1
        assert Credit.objects.get().decided_by_id == actor.user_id

    def test_two_companies_money_under_one_name_of_the_bank_is_both_recorded(
        self, company: Company, folio: Folio
    ) -> None:
        other = CompanyFactory()
        for owner, owes in ((other, a_folio(54_000, company=other)), (company, folio)):
            credit = a_credit(owner, reference="rent")
            credit = allocate_credit(actor=staff_of(owner), credit_id=credit.pk, folio_id=owes.pk)
            assert credit.payment is not None
            assert (credit.payment.state, credit.payment.received_minor) == (PaymentState.PAID, 54_000)

    def test_money_that_the_books_did_not_take_stays_open(self, company: Company, folio: Folio) -> None:
        credit = a_credit(company, reference="rent")
        elsewhere = a_payment(a_folio(54_000), received=0, state=PaymentState.EXPIRED, provider="bank_transfer")
        Payment.objects.system("test").filter(pk=elsewhere.pk).update(account="by_hand")
        Charge.objects.create(
            company_id=elsewhere.company_id,
            payment=elsewhere,
            number=1,
            provider="bank_transfer",
            account="by_hand",
            charge_id=f"credit:{credit.pk}",
            currency="USD",
            amount_minor=54_000,
            occurred_at=clock.now(),
        )
        with pytest.raises(Conflict) as refused:
            allocate_credit(actor=staff_of(company), credit_id=credit.pk, folio_id=folio.pk)
        assert refused.value.code == "not_recorded"
        credit.refresh_from_db()
        assert credit.state == Credit.State.NEW
        assert not Payment.objects.company(company.pk).exists()

    def test_a_payment_is_found_by_the_banks_name_of_its_money(self, company: Company, folio: Folio) -> None:
        credit = matched(a_credit(company, name="SKL1FH01QQ"))
        wanted = WantedPayments(words="skl1fh")
        found = company_payments(actor=staff_of(company), company_id=company.pk, wanted=wanted, zone="UTC")
        assert [payment.pk for payment in found] == [credit.payment_id]

    def test_another_companys_money_is_not_there(self, company: Company, folio: Folio) -> None:
        credit = matched(a_credit(CompanyFactory(), reference=""))
        with pytest.raises(NotFound):
            allocate_credit(actor=staff_of(company), credit_id=credit.pk, folio_id=folio.pk)
        with pytest.raises(AccessDenied):
            dismiss_credit(
                actor=staff_of(company, "host"), credit_id=a_credit(company, name="T9").pk, reason="not ours"
            )

    def test_another_currency_is_told(self, company: Company, folio: Folio) -> None:
        credit = a_credit(company, currency="KES")
        with pytest.raises(BadInput):
            allocate_credit(actor=staff_of(company), credit_id=credit.pk, folio_id=folio.pk)
        credit.refresh_from_db()
        assert credit.state == Credit.State.NEW


class TestByHand:
    def record(self, company: Company, folio: Folio, **changes: Any) -> Payment:
        given = {"method": "cash", "amount": usd(54_000), "reference": "Receipt 12", **changes}
        return record_money(actor=staff_of(company), folio_id=folio.pk, **given)

    def test_cash_pays_and_is_recorded_once(self, company: Company, folio: Folio, told: list[MoneyReceived]) -> None:
        first = self.record(company, folio)
        assert self.record(company, folio, reference=" receipt  12 ").pk == first.pk
        assert (first.provider, len(told), Charge.objects.system("test").count()) == ("cash", 1, 1)
        with pytest.raises(Conflict):
            self.record(company, folio, amount=usd(100))

    @pytest.mark.parametrize(
        ("changes", "attr"),
        [
            ({"method": "gold"}, "method"),
            ({"amount": usd(0)}, "amount"),
            ({"amount": Money(100, "EUR")}, "amount"),
            ({"reference": "  "}, "reference"),
            ({"received_at": datetime(2199, 1, 1, tzinfo=UTC)}, "received_at"),
        ],
    )
    def test_what_is_wrong_records_nothing(
        self, company: Company, folio: Folio, changes: dict[str, Any], attr: str
    ) -> None:
        with pytest.raises(BadInput) as refused:
            self.record(company, folio, **changes)
        assert refused.value.errors[0].attr == attr
        assert not Payment.objects.system("test").exists()

    def test_a_host_records_no_money(self, company: Company, folio: Folio) -> None:
        with pytest.raises(AccessDenied):
            record_money(
                actor=staff_of(company, "host"), folio_id=folio.pk, method="cash", amount=usd(1), reference="x"
            )

    def test_cash_goes_back_by_hand(self, company: Company, folio: Folio) -> None:
        payment = self.record(company, folio)
        refund = request_refund(actor=SYSTEM, payment_id=payment.pk, amount=usd(4_000), key="t", reason="left early")
        execute_refund(refund_id=refund.pk)
        refund.refresh_from_db()
        assert (refund.state, refund.next_fetch_at) == (RefundState.CREATED, None)
        assert ReviewItem.objects.get().kind == ReviewItem.Kind.REFUND_BY_HAND

        actor = staff_of(company)
        with pytest.raises(Conflict) as refused:
            resolve_review(actor=actor, item_id=ReviewItem.objects.get().pk, resolution="Done, I think.")
        assert refused.value.code == "refund_not_sent"
        for _ in range(2):
            record_refund_by_hand(actor=actor, refund_id=refund.pk, reference="Receipt 13")
        refund.refresh_from_db()
        assert refund.state == RefundState.SUCCEEDED
        assert account_balance(folio, "cash") == 50_000
        assert "Receipt 13" in ReviewItem.objects.get().resolution
