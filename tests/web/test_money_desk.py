"""The money desk: what it shows, what it costs, and what its buttons do."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from freehold.companies.models import Company
from freehold.core.actor import Actor
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.finance.models import Folio
from freehold.payments.models import Credit, Payment, ReviewItem
from freehold.payments.services.open_review import open_review
from freehold.payments.services.receive_credit import store_credit
from freehold.payments.services.record_money import record_money
from freehold.ports.credit_notice import CreditNotice
from tests.apps.payments.builders import a_folio, a_payment, a_refund, usd
from tests.factories import CompanyFactory, MembershipFactory

pytestmark = pytest.mark.django_db

LIST_QUERIES = 9
PAGE_QUERIES = 17


@pytest.fixture
def company() -> Company:
    made: Company = CompanyFactory()
    return made


@pytest.fixture
def staff(client: Client, company: Company) -> Any:
    user = MembershipFactory(company=company, role="staff").user
    client.force_login(user)
    return user


@pytest.fixture
def folio(company: Company) -> Folio:
    made = a_folio(54_000, company=company)
    Folio.objects.system("test").filter(pk=made.pk).update(reference="FH-7K2Q9M")
    made.refresh_from_db()
    return made


@pytest.fixture
def paid(staff: Any, folio: Folio) -> Payment:
    return record_money(
        actor=Actor.of(staff), folio_id=folio.pk, method="cash", amount=usd(54_000), reference="Receipt 12"
    )


def a_credit(company: Company, reference: str = "rent") -> Credit:
    notice = CreditNotice("jenga", "T1", "0123", Money(54_000, "USD"), reference, payer_name="Wanjiru")
    return store_credit(notice=notice, company_id=company.pk, account="main", trusted=True)


def page(client: Client, name: str, *args: Any, **query: Any) -> Any:
    return client.get(reverse(f"console:{name}", args=args), query)


def test_the_list_finds_by_booking_number_status_and_way(client: Client, paid: Payment, company: Company) -> None:
    a_payment(a_folio(10_000, company=company), amount=10_000, received=0, state=PaymentState.FAILED, provider="mpesa")
    for query in ({"q": "7k2q"}, {"q": "receipt 12"}, {"state": "paid"}, {"provider": "cash"}):
        text = page(client, "payments", **query).text
        assert "1 payment<" in text, query
        assert "FH-7K2Q9M" in text
    assert "2 payments" in page(client, "payments").text
    assert "Nothing fits" in page(client, "payments", q="nobody").text
    assert "Nothing fits" in page(client, "payments", last="2001-01-01").text
    # What makes no sense filters nothing, and breaks nothing.
    assert "2 payments" in page(client, "payments", first="9999-12-31", last="9999-12-31").text


def test_the_list_costs_the_same_for_many(
    client: Client, staff: Any, company: Company, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        a_payment(a_folio(10_000, company=company), amount=10_000)
    page(client, "payments")
    with django_assert_max_num_queries(LIST_QUERIES):
        assert "12 payments" in page(client, "payments").text


def test_a_payments_page_tells_what_happened_and_what_the_books_say(
    client: Client, paid: Payment, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        a_refund(paid, amount=1_000 + number)
        open_review(
            kind=ReviewItem.Kind.NO_ANSWER, key=f"x:{number}", detail="?", company_id=paid.company_id, payment=paid
        )
    with django_assert_max_num_queries(PAGE_QUERIES):
        text = page(client, "payment", paid.pk).text
    assert "payment received" in text
    assert "Refund of" in text
    assert "No answer" in text


def test_another_companys_payment_is_not_there(client: Client, staff: Any) -> None:
    foreign = a_payment(a_folio(10_000))
    assert page(client, "payment", foreign.pk).status_code == 404
    assert client.post(reverse("console:payment_ask", args=[foreign.pk])).status_code == 404
    assert "No payments yet" in page(client, "payments").text


def test_a_credit_is_allocated_from_the_desk(client: Client, staff: Any, company: Company, folio: Folio) -> None:
    credit = a_credit(company)
    assert "“rent”" in page(client, "money_waiting").text
    address = reverse("console:money_credit", args=[credit.pk, "allocate"])
    assert "no such booking" in client.post(address, {"note": "FH-000000"}, follow=True).text
    client.post(address, {"note": "fh 7k2q9m"})
    credit.refresh_from_db()
    assert (credit.state, credit.decided_by_id) == (Credit.State.ALLOCATED, staff.pk)
    assert "Nothing waits" in page(client, "money_waiting").text


def test_a_credit_that_is_not_ours_says_why(client: Client, staff: Any, company: Company) -> None:
    credit = a_credit(company)
    address = reverse("console:money_credit", args=[credit.pk, "dismiss"])
    client.post(address, {"note": ""})
    credit.refresh_from_db()
    assert credit.state == Credit.State.NEW
    client.post(address, {"note": "sent back by the bank"})
    credit.refresh_from_db()
    assert credit.state == Credit.State.DISMISSED


def test_a_question_is_settled_with_a_note(client: Client, staff: Any, company: Company) -> None:
    item = open_review(kind=ReviewItem.Kind.DRIFT, key="drift:x", detail="differs", company_id=company.pk)
    client.post(reverse("console:money_review", args=[item.pk, "settle"]), {"note": "booked by hand"})
    item.refresh_from_db()
    assert (item.resolution, item.resolved_by_id) == ("booked by hand", staff.pk)
    assert client.post(reverse("console:money_review", args=[item.pk, "burn"])).status_code == 404


def test_money_is_recorded_from_the_desk(client: Client, staff: Any, folio: Folio) -> None:
    wrong = {"reference": "FH-7K2Q9M", "method": "cash", "amount": "12.345", "receipt": "R 1"}
    assert client.post(reverse("console:money_record"), wrong).status_code == 422
    assert not Payment.objects.system("test").exists()
    answer = client.post(reverse("console:money_record"), {**wrong, "amount": "540.00"})
    made = Payment.objects.system("test").get()
    assert answer["Location"] == reverse("console:payment", args=[made.pk])
    assert (made.received_minor, made.state) == (54_000, PaymentState.PAID)


def test_more_than_is_owed_is_recorded_after_a_second_look(client: Client, staff: Any, folio: Folio) -> None:
    slip = {"reference": "FH-7K2Q9M", "method": "cash", "amount": "54000.00", "receipt": "R 1"}
    answer = client.post(reverse("console:money_record"), slip)
    assert answer.status_code == 422
    assert "is owed on this booking, less than that" in answer.text
    assert 'name="all_the_same"' in answer.text
    assert not Payment.objects.system("test").exists()
    client.post(reverse("console:money_record"), {**slip, "all_the_same": "on"})
    assert Payment.objects.system("test").get().received_minor == 5_400_000


# --- giving money back ------------------------------------------------------------------------------------


def refund_form(**changes: str) -> dict[str, str]:
    return {"amount": "270.00", "reason": "No hot water", "key": str(uuid4()), **changes}


def test_half_of_a_payment_is_given_back_from_its_page(client: Client, paid: Payment) -> None:
    there = reverse("console:payment_refund", args=[paid.pk])
    assert there in page(client, "payment", paid.pk).text
    assert not client.get(there).context["form"]["amount"].value(), "what goes back is typed, never proposed"
    form = refund_form()
    answer = client.post(there, form, follow=True)
    assert "$270.00 goes back to the payer." in answer.text
    assert "No hot water" in answer.text
    client.post(there, form)
    assert [refund.amount_minor for refund in paid.refunds.all()] == [27_000], "the form counts once"
    assert not client.get(there).context["form"]["amount"].value(), "nor after going back in the browser"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": "540.01"}, "amount"),
        ({"amount": "much"}, "amount"),
        ({"reason": ""}, "reason"),
        ({"key": "x"}, "key"),
    ],
)
def test_a_refund_that_cannot_be_says_why_and_keeps_what_was_typed(
    client: Client, paid: Payment, wrong: dict[str, str], field: str
) -> None:
    answer = client.post(reverse("console:payment_refund", args=[paid.pk]), refund_form(**wrong))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not paid.refunds.exists()


def test_the_page_of_a_refund_costs_little(
    client: Client, paid: Payment, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(PAGE_QUERIES):
        page(client, "payment_refund", paid.pk)
