"""One message or one account that breaks keeps no other from its turn, and still reaches a person."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from freehold.companies.models import Company
from freehold.core import clock
from freehold.domain.reconciliation import DifferenceKind
from freehold.payments.comparing import Compared
from freehold.payments.models import Comparison, GatewayEvent, ReviewItem
from freehold.payments.services import compare_ledgers, revisit_parked
from freehold.payments.services.revisit_parked import PATIENCE
from freehold.payments.types import Drift
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db


def parked(company: Company, name: str, *, age: timedelta = timedelta(minutes=1)) -> GatewayEvent:
    event = GatewayEvent.objects.create(
        company=company,
        provider="elsewhere",
        account="main",
        dedupe_key=name,
        subject="payment",
        type="payment.paid",
        object_id=name,
        trusted=False,
        body=b"{}",
        state=GatewayEvent.State.PARKED,
    )
    GatewayEvent.objects.filter(pk=event.pk).update(created_at=clock.now() - age)
    return event


def test_an_event_that_breaks_starves_no_later_one_and_is_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    company = CompanyFactory()
    poison = parked(company, "poison", age=PATIENCE + timedelta(minutes=1))
    later = parked(company, "later")
    read: list[UUID] = []

    def breaks(*, event_id: UUID) -> GatewayEvent:
        read.append(event_id)
        if event_id == poison.pk:
            raise ZeroDivisionError
        return GatewayEvent.objects.get(pk=event_id)

    monkeypatch.setattr(revisit_parked, "apply_event", breaks)
    assert revisit_parked.revisit_parked() == 2
    assert read == [poison.pk, later.pk]
    poison.refresh_from_db()
    assert poison.state == GatewayEvent.State.QUARANTINED
    assert ReviewItem.objects.get().event == poison


def test_what_nobody_knows_is_shown_to_the_company_whose_account_it_came_to() -> None:
    company = CompanyFactory()
    parked(company, "pay_of_somebody", age=PATIENCE + timedelta(minutes=1))
    revisit_parked.revisit_parked()
    assert ReviewItem.objects.get().company_id == company.pk


def test_books_that_make_no_sense_keep_no_other_account_from_being_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bank:
        slug = "bank"

        class caps:  # noqa: N801
            ledger = True

        def __init__(self, account: str) -> None:
            self.account = account

    broken, sound = Bank("broken"), Bank("sound")

    def compare(gateway: Any, *about: Any) -> Compared:
        if gateway is broken:
            raise KeyError("id")
        return Compared((), (Drift("ch_1", DifferenceKind.PAYMENT, None, None, clock.now()),), [])

    monkeypatch.setattr(compare_ledgers, "all_gateways", lambda: iter([(broken, None), (sound, None)]))
    monkeypatch.setattr(compare_ledgers, "_compare", compare)
    assert compare_ledgers.compare_yesterday() == len(compare_ledgers.last_days(2))
    states = Comparison.objects.values_list("account", "state", "error").distinct()
    assert set(states) == {("broken", "failed", "KeyError"), ("sound", "differs", "")}
