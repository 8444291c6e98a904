"""Reconciliation in the console and by the API: both sides of what differs, and what can be done about it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from freehold.companies.models import Company
from freehold.core import clock
from freehold.domain.reconciliation import DifferenceKind
from freehold.payments.models import Comparison, Difference, Payment, ReviewItem
from freehold.payments.services.record_differences import record_differences
from freehold.payments.types import Drift
from tests.apps.payments.builders import a_folio, a_payment, usd
from tests.factories import CompanyFactory, MembershipFactory

pytestmark = pytest.mark.django_db

PAGE_QUERIES = 11
API_QUERIES = 8


class Account:
    slug, account = "sandbox", "acct_sandbox"


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
def payment(company: Company) -> Payment:
    return a_payment(a_folio(54_000, company=company))


def differs(payment: Payment, name: str = "ch_1", **sides: Any) -> Difference:
    at = clock.now() - timedelta(hours=3)
    drift = Drift(name, DifferenceKind.PAYMENT, **{"theirs": usd(54_000), "ours": None, **sides}, occurred_at=at)
    drift = Drift(name, drift.kind, drift.theirs, drift.ours, at, payment=payment)
    nowhere = datetime.fromtimestamp(0, tz=at.tzinfo)
    gateway: Any = Account()
    record_differences(gateway=gateway, company_id=None, drifts=[drift], since=nowhere, until=nowhere)
    return Difference.objects.get(provider_id=name)


def a_day(company: Company | None, state: str = "differs", *, back: int = 0, **facts: Any) -> Comparison:
    day = (clock.now() - timedelta(hours=3, days=back)).date()
    said = {"provider": "sandbox", "account": "acct_sandbox", "state": state, **facts}
    return Comparison.objects.create(company=company, day=day, **said)


def shown(client: Client, **query: Any) -> str:
    return client.get(reverse("console:reconciliation"), query).text


def test_both_sides_and_what_can_be_done_are_shown(client: Client, staff: Any, payment: Payment) -> None:
    differs(payment)
    text = shown(client)
    assert "540.00" in text
    assert "nothing" in text
    assert payment.folio.reference in text
    assert "Ask the provider, and record it" in text
    assert "Write off" not in text


def test_nothing_compared_yet_says_what_will_be(client: Client, staff: Any) -> None:
    assert "Not compared yet" in shown(client)
    assert "Nothing fits" in shown(client, state="failed")


def test_days_of_an_own_account_have_sums_of_the_installations_only_what_is_ours(
    client: Client, staff: Any, company: Company, payment: Payment
) -> None:
    totals = [{"kind": "payment", "currency": "USD", "theirs": 99_900, "ours": 11_100}]
    a_day(company, provider="stripe", account="own", totals=totals)
    a_day(None, totals=[{"kind": "payment", "currency": "USD", "theirs": 77_700, "ours": 77_700}], lines=7)
    text = shown(client)
    assert "999.00" in text
    assert "111.00" in text
    assert "777.00" not in text
    # Others differ there, this company does not.
    assert text.count("Differs</span>") == 1


def test_an_account_of_others_is_not_there(client: Client, staff: Any) -> None:
    a_day(CompanyFactory(), provider="stripe", account="theirs")
    a_day(None)
    assert "Not compared yet" in shown(client)


def test_while_it_is_compared_the_page_asks_again(client: Client, staff: Any, company: Company) -> None:
    row = a_day(company, "running")
    assert 'hx-trigger="every 3s"' in shown(client)
    Comparison.objects.filter(pk=row.pk).update(state="agreed")
    assert "every 3s" not in shown(client)


def test_a_click_settles_it_with_a_note_and_once(client: Client, staff: Any, payment: Payment) -> None:
    row = differs(payment)
    address = reverse("console:money_difference", args=[row.pk, "settle"])
    assert "Say why." in client.post(address, {"note": " "}, follow=True).text
    for _ in range(2):
        assert "Done. It is written down." in client.post(address, {"note": "seen at the bank"}, follow=True).text
    item = ReviewItem.objects.get(differences=row)
    assert (item.resolution, item.resolved_by) == ("seen at the bank", staff)


def test_who_wants_it_written_off_is_not_offered_to_agree(
    client: Client, staff: Any, payment: Payment, company: Company
) -> None:
    row = differs(payment, theirs=None, ours=usd(54_000))
    Difference.objects.filter(pk=row.pk).update(
        asked_at=clock.now(), proposed_at=clock.now(), proposed_by=staff, reason="not there"
    )
    assert "Agree to give it up" not in shown(client)
    assert "Settle with a note" not in shown(client)
    client.force_login(MembershipFactory(company=company, role="admin").user)
    text = shown(client)
    assert "Agree to give it up" in text
    assert "not there" in text


def test_the_table_for_other_programs_is_harmless(client: Client, staff: Any, payment: Payment) -> None:
    differs(payment, "=cmd()")
    text = client.get(reverse("console:reconciliation_csv")).content.decode()
    assert "'=cmd()" in text
    assert "540.00" in text


def test_the_page_costs_the_same_for_many(
    client: Client,
    staff: Any,
    company: Company,
    payment: Payment,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(8):
        differs(payment, f"ch_{number}")
        a_day(company, back=number)
    shown(client)
    with django_assert_max_num_queries(PAGE_QUERIES):
        shown(client)


class TestApi:
    def get(self, client: Client, path: str = "", **query: Any) -> Any:
        answer = client.get(f"/api/v1/host/reconciliation/{path}", query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    def test_days_and_differences(
        self, client: Client, staff: Any, company: Company, payment: Payment, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(3):
            a_day(company, back=number, totals=[{"kind": "payment", "currency": "USD", "theirs": 100, "ours": 0}])
            differs(payment, f"ch_{number}")
        with django_assert_max_num_queries(API_QUERIES):
            days = self.get(client, company_id=str(company.pk), page_size=2)
        assert [each["status"] for each in days["results"]] == ["differs", "differs"]
        assert days["results"][0]["open_differences"] == 3
        assert days["results"][0]["totals"][0]["theirs"] == {"amount": "1.00", "currency": "USD"}
        with django_assert_max_num_queries(API_QUERIES):
            found = self.get(client, "differences/", company_id=str(company.pk))["results"]
        assert {each["provider_id"] for each in found} == {"ch_0", "ch_1", "ch_2"}
        assert found[0]["proposals"] == ["fetch", "settle"]
        assert (found[0]["theirs"]["amount"], found[0]["ours"]) == ("540.00", None)

    def test_a_repair_is_done_once_and_said(self, client: Client, staff: Any, payment: Payment) -> None:
        row = differs(payment)
        address = f"/api/v1/host/reconciliation/differences/{row.pk}/repair/"

        def post(key: str, **body: Any) -> Any:
            return client.post(address, body, content_type="application/json", headers={"Idempotency-Key": key})

        assert post("first-key-1", repair="settle").status_code == 400
        assert post("other-key-2", repair="agree").status_code == 409
        answer = post("third-key-3", repair="settle", reason="looked at it")
        assert (answer.status_code, answer.json()["status"]) == (200, "settled")
        assert answer.json()["proposals"] == []

    def test_without_a_company_it_is_the_administrators(self, client: Client, staff: Any) -> None:
        assert client.get("/api/v1/host/reconciliation/").status_code == 404
