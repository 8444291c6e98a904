"""What does not move on is found, shown, and told to those who decide about money: once, and not as a storm."""

from datetime import timedelta
from typing import Any

import pytest

from freehold.companies.models import Company
from freehold.core import clock, outbox, outside
from freehold.core.actor import Actor
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.messaging.models import Delivery
from freehold.payments.desk import what_waits
from freehold.payments.models import GatewayEvent, Payment, Refund, StuckNotice
from freehold.payments.services.hold_refund import WAITS
from freehold.payments.services.watch_stuck import watch_stuck
from freehold.payments.stuck import stuck_things
from tests.apps.payments.builders import a_folio, a_payment, a_refund
from tests.factories import CompanyFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    made: Company = CompanyFactory()
    return made


def attempt(company: Company, **options: Any) -> Payment:
    said = {"received": 0, "state": PaymentState.PROCESSING, **options}
    return a_payment(a_folio(54_000, company=company), **said)


def older(row: Any, **age: float) -> None:
    model: Any = type(row).objects
    rows = model.system("test") if hasattr(model, "system") else model
    rows.filter(pk=row.pk).update(created_at=clock.now() - timedelta(**age))


def kinds(company: Company) -> list[str]:
    return [each.kind for each in stuck_things(company_id=company.pk, moment=clock.now())]


@pytest.mark.parametrize(
    ("options", "age", "found"),
    [
        ({"state": PaymentState.PROCESSING}, {"minutes": 16}, ["payment"]),
        ({"state": PaymentState.PROCESSING}, {"minutes": 14}, []),
        ({"state": PaymentState.UNKNOWN, "provider": "cash"}, {"minutes": 16}, []),
        ({"state": PaymentState.PAID}, {"days": 9}, []),
        ({"state": PaymentState.AUTHORIZED}, {"days": 2}, []),
        ({"state": PaymentState.PENDING}, {"days": 2}, []),
    ],
)
def test_payments_without_an_answer(
    company: Company, options: dict[str, Any], age: dict[str, float], found: list[str]
) -> None:
    older(attempt(company, **options), **age)
    assert kinds(company) == found


def test_an_attempt_long_after_its_deadline_should_be_over(company: Company) -> None:
    attempt(company, state=PaymentState.PENDING, expires_at=clock.now() - timedelta(hours=2))
    assert kinds(company) == ["overdue"]


@pytest.mark.parametrize(
    ("options", "age", "found"),
    [
        ({"state": RefundState.CREATED}, {"hours": 2}, ["refund"]),
        ({"state": RefundState.CREATED, "error_code": WAITS}, {"hours": 2}, []),
        ({"state": RefundState.PENDING}, {"days": 6}, []),
        ({"state": RefundState.PENDING}, {"days": 8}, ["refund"]),
        ({"state": RefundState.SUCCEEDED}, {"days": 8}, []),
    ],
)
def test_refunds_that_do_not_arrive(
    company: Company, options: dict[str, Any], age: dict[str, float], found: list[str]
) -> None:
    payment = a_payment(a_folio(54_000, company=company))
    older(a_refund(payment, amount=100, **options), **age)
    assert kinds(company) == found
    assert Refund.objects.system("test").count() == 1


@pytest.mark.parametrize("state", ["stored", "parked"])
def test_messages_that_nobody_reads(company: Company, state: str) -> None:
    event = GatewayEvent.objects.create(
        company=company,
        provider="sandbox",
        account="own",
        dedupe_key="e1",
        subject="payment",
        type="x",
        trusted=True,
        body=b"",
        state=state,
    )
    assert kinds(company) == []
    older(event, minutes=20)
    assert kinds(company) == ["message"]
    assert kinds(CompanyFactory()) == []


def test_the_desk_shows_it_in_few_queries(company: Company, django_assert_max_num_queries: Any) -> None:
    for _ in range(4):
        older(attempt(company), minutes=20)
    actor = Actor.of(MembershipFactory(company=company, role="staff").user)
    with django_assert_max_num_queries(8):
        assert len(what_waits(actor=actor, company_id=company.pk).stuck) == 4


class TestLetters:
    @pytest.fixture
    def staff(self, company: Company) -> Any:
        MembershipFactory(company=company, role="host")
        return MembershipFactory(company=company, role="staff").user

    def told(self) -> list[tuple[str, str]]:
        while outbox.deliver_due(worker_id="test"):
            pass
        return list(Delivery.objects.order_by("created_at").values_list("recipient", "subject"))

    def test_those_who_decide_get_one_letter_for_all_of_it(self, company: Company, staff: Any) -> None:
        for _ in range(3):
            older(attempt(company), minutes=20)
        assert watch_stuck() == 3
        assert watch_stuck() == 0
        assert self.told() == [(staff.email, "3 things about money are stuck")]
        text = outside.mailbox().messages()[0].message.text  # type: ignore[union-attr]
        assert text.count("No answer about a payment: sandbox FH-") == 3
        assert "/console/money/waiting/" in text

    def test_what_comes_within_the_hour_waits_for_the_next_letter(self, company: Company, staff: Any) -> None:
        older(attempt(company), minutes=20)
        watch_stuck()
        older(attempt(company), minutes=20)
        assert watch_stuck() == 0
        StuckNotice.objects.system("test").update(created_at=clock.now() - timedelta(minutes=61))
        assert watch_stuck() == 1
        assert len(self.told()) == 2

    def test_nobody_hears_of_anothers_money(self, company: Company, staff: Any) -> None:
        other = CompanyFactory()
        MembershipFactory(company=other, role="staff")
        older(attempt(company), minutes=20)
        watch_stuck()
        assert [recipient for recipient, _ in self.told()] == [staff.email]
