"""Money that people record: what it pays, what of it waits for somebody, and that it counts once."""

from typing import Any

import pytest

from freehold.companies.models import Company
from freehold.core.errors import Conflict
from freehold.domain.payment_states import PaymentState
from freehold.finance.models import Folio
from freehold.payments.events import MoneyReceived
from freehold.payments.models import Credit, Payment, ReviewItem
from freehold.payments.services.allocate_credit import RECORDED_ALREADY, allocate_credit
from freehold.payments.services.close_payment import close_payment
from freehold.payments.services.end_attempt import end_attempt
from freehold.payments.services.execute_refund import execute_refund
from freehold.payments.services.record_money import record_money
from freehold.payments.services.record_refund_by_hand import record_refund_by_hand
from freehold.payments.services.refund_reviewed import refund_reviewed
from freehold.payments.services.request_refund import request_refund
from tests.apps.payments.builders import a_folio, a_payment, a_refund, apply, seen, usd
from tests.apps.payments.shop import SYSTEM, account_balance
from tests.apps.payments.test_credits import a_credit, matched, staff_of
from tests.factories import CompanyFactory
from tests.support.promises import broken_promises

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


def record(company: Company, folio: Folio, **changes: Any) -> Payment:
    given = {"method": "cash", "amount": usd(54_000), "reference": "Receipt 12", **changes}
    return record_money(actor=staff_of(company), folio_id=folio.pk, **given)


# --- what it pays -------------------------------------------------------------------------------------------


def test_two_parts_in_cash_add_up_and_are_told_once(company: Company, folio: Folio, told: list[MoneyReceived]) -> None:
    first = record(company, folio, amount=usd(20_000))
    assert (first.state, told) == (PaymentState.PENDING, [])
    second = record(company, folio, amount=usd(34_000), reference="Receipt 13")
    assert (second.pk, second.state) == (first.pk, PaymentState.PAID)
    assert [event.amount_minor for event in told] == [54_000]


def test_a_part_in_cash_and_the_rest_by_transfer_add_up(
    company: Company, folio: Folio, told: list[MoneyReceived]
) -> None:
    first = record(company, folio, amount=usd(20_000))
    assert matched(a_credit(company, 34_000)).payment_id == first.pk
    assert [event.amount_minor for event in told] == [54_000]


def test_a_part_that_went_back_does_not_count_as_paid(
    company: Company, folio: Folio, told: list[MoneyReceived]
) -> None:
    payment = record(company, folio, amount=usd(20_000))
    request_refund(actor=SYSTEM, payment_id=payment.pk, amount=usd(20_000), key="t", reason="too little")
    payment = record(company, folio, amount=usd(34_000), reference="Receipt 13")
    assert (payment.state, told) == (PaymentState.PENDING, [])
    record(company, folio, amount=usd(20_000), reference="Receipt 14")
    assert [event.amount_minor for event in told] == [54_000]


@pytest.mark.parametrize("method", ["cash", "bank_transfer"])
def test_money_for_a_later_debt_is_not_kept_for_a_transfer_that_was_given_up(
    company: Company, folio: Folio, told: list[MoneyReceived], method: str
) -> None:
    given_up = a_payment(folio, received=0, state=PaymentState.CANCELLED, provider="bank_transfer")
    by_card = a_payment(folio, received=0, state=PaymentState.PENDING)
    apply(by_card, seen(by_card, PaymentState.PAID, 54_000))
    folio.receivables.filter(amount_minor=54_000).update(settled_minor=54_000)
    payment = record(company, folio, method=method, amount=usd(10_000))
    assert (payment.provider, payment.amount_minor, payment.state) == (method, 10_000, PaymentState.PAID)
    assert [event.amount_minor for event in told] == [54_000, 10_000]
    given_up.refresh_from_db()
    assert given_up.received_minor == 0


def test_late_money_is_what_the_transfer_had_asked_for(
    company: Company, folio: Folio, told: list[MoneyReceived]
) -> None:
    late = a_payment(folio, received=0, state=PaymentState.EXPIRED, provider="bank_transfer")
    assert record(company, folio, method="bank_transfer").pk == late.pk
    assert [event.amount_minor for event in told] == [54_000]


def test_money_that_pays_the_debt_does_not_wait_for_more_that_was_asked_once(
    company: Company, folio: Folio, told: list[MoneyReceived]
) -> None:
    """The price went down after the guest was told where to send the money."""
    a_payment(folio, amount=60_000, received=0, state=PaymentState.CANCELLED, provider="bank_transfer")
    assert record(company, folio, method="bank_transfer").state == PaymentState.PAID
    assert [event.amount_minor for event in told] == [54_000]


@pytest.mark.parametrize(("method", "account"), [("cash", "cash"), ("bank_transfer", "bank")])
def test_the_books_have_it_in_the_till_or_at_the_bank_and_at_no_gateway(
    company: Company, folio: Folio, method: str, account: str
) -> None:
    payment = record(company, folio, method=method, reference="R 1")
    assert account_balance(folio, account) == 54_000
    refund = request_refund(actor=SYSTEM, payment_id=payment.pk, amount=usd(4_000), key="t", reason="left early")
    execute_refund(refund_id=refund.pk)
    record_refund_by_hand(actor=SYSTEM, refund_id=refund.pk, reference="R 3")
    assert account_balance(folio, account) == 50_000
    assert account_balance(folio, "gateway_clearing") == 0
    assert "ledger_knows_what_gateways_hold" not in broken_promises()

    part = a_folio(54_000, company=company)
    record(company, part, method=method, amount=usd(20_000), reference="R 2")
    assert (account_balance(part, account), account_balance(part, "customer_credit")) == (20_000, -20_000)


# --- what somebody has to see -------------------------------------------------------------------------------


def test_a_part_is_in_the_queue_until_the_rest_comes(company: Company, folio: Folio) -> None:
    for number, held in enumerate((20_000, 30_000)):
        payment = record(company, folio, amount=usd(20_000 - 10_000 * number), reference=f"R {number}")
        item = payment.review_items.get(resolved_at=None)
        assert (item.kind, item.amount_minor) == (ReviewItem.Kind.AMOUNT_MISMATCH, held)
    record(company, folio, amount=usd(24_000), reference="R 3")
    assert not ReviewItem.objects.filter(resolved_at=None).exists()


def test_a_part_of_what_is_never_completed_can_be_sent_back(company: Company, folio: Folio) -> None:
    payment = record(company, folio, method="bank_transfer", amount=usd(20_000))
    close_payment(payment_id=payment.pk)
    refund = refund_reviewed(actor=SYSTEM, item_id=payment.review_items.get(resolved_at=None).pk)
    assert refund.amount_minor == 20_000
    assert not payment.review_items.filter(resolved_at=None).exists()


@pytest.mark.parametrize(("refunded", "kinds"), [(0, ["amount_mismatch"]), (20_000, [])])
def test_an_attempt_that_ends_with_a_part_of_its_money_is_for_a_person(
    folio: Folio, refunded: int, kinds: list[str]
) -> None:
    payment = a_payment(folio, received=20_000, announced_minor=0, state=PaymentState.PENDING)
    if refunded:
        a_refund(payment, amount=refunded)
    end_attempt(payment_id=payment.pk, state=PaymentState.EXPIRED)
    assert [item.kind for item in payment.review_items.filter(resolved_at=None)] == kinds


# --- the same money, told twice -----------------------------------------------------------------------------


def test_a_transfer_that_somebody_recorded_is_not_money_again_when_the_bank_tells(
    company: Company, folio: Folio, told: list[MoneyReceived]
) -> None:
    payment = record(company, folio, method="bank_transfer", reference=" ft123")
    credit = matched(a_credit(company, name="FT123"))
    assert (credit.state, credit.payment_id) == (Credit.State.KNOWN, payment.pk)
    assert [event.amount_minor for event in told] == [54_000]


def test_a_transfer_that_was_allocated_is_not_recorded_by_hand(
    company: Company, folio: Folio, told: list[MoneyReceived]
) -> None:
    matched(a_credit(company, name="FT123"))
    with pytest.raises(Conflict) as refused:
        record(company, folio, method="bank_transfer", reference="ft123")
    assert (refused.value.code, len(told)) == ("reference_used", 1)
    # Another company's bank may use the same number, and a receipt is no transfer.
    other = CompanyFactory()
    record(other, a_folio(54_000, company=other), method="bank_transfer", reference="ft123")
    record(company, folio, amount=usd(10_000), reference="ft123")


def test_a_notice_that_waits_is_known_once_somebody_recorded_it(company: Company, folio: Folio) -> None:
    waits = matched(a_credit(company, name="FT123", reference="rent"))
    other = matched(a_credit(company, 100, name="FT124", reference="rent"))
    payment = record(company, folio, method="bank_transfer", reference="ft123")
    waits.refresh_from_db()
    other.refresh_from_db()
    assert (waits.state, waits.payment_id, other.state) == (Credit.State.KNOWN, payment.pk, Credit.State.UNMATCHED)
    with pytest.raises(Conflict):
        allocate_credit(actor=staff_of(company), credit_id=waits.pk, folio_id=folio.pk)


def test_a_movement_that_was_recorded_with_another_amount_is_for_a_person(
    company: Company, folio: Folio, told: list[MoneyReceived]
) -> None:
    record(company, folio, method="bank_transfer", reference="ft123")
    credit = matched(a_credit(company, 5_400, name="FT123"))
    assert (credit.state, credit.note, len(told)) == (Credit.State.UNMATCHED, RECORDED_ALREADY, 1)
    with pytest.raises(Conflict) as refused:
        allocate_credit(actor=staff_of(company), credit_id=credit.pk, folio_id=folio.pk)
    assert refused.value.code == "already_recorded"


def test_letters_of_any_size_name_one_movement(company: Company, folio: Folio, told: list[MoneyReceived]) -> None:
    matched(a_credit(company, name="FtxA9"))
    with pytest.raises(Conflict):
        record(company, folio, method="bank_transfer", reference="fTXa9")
    assert len(told) == 1


def test_long_references_that_end_differently_are_different_money(
    company: Company, folio: Folio, told: list[MoneyReceived]
) -> None:
    long = "x" * 79
    record(company, folio, method="bank_transfer", reference=long + "1")
    record(company, folio, method="bank_transfer", reference=long + "2")
    record(company, folio, method="bank_transfer", reference=long.upper() + "2")
    assert [event.amount_minor for event in told] == [54_000, 54_000]
