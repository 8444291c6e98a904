"""A transfer is recorded by hand in the instant in which the bank tells of it: it is money once.

The notice comes after the person's record has looked for one, and before it has committed: neither sees the other
unless it waits for it.
"""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from freehold.config.wiring import wire
from freehold.core import events
from freehold.finance.models import Folio
from freehold.payments.events import MoneyReceived
from freehold.payments.models import Credit
from freehold.payments.services import allocate_credit as allocating
from freehold.payments.services import record_money as recording
from freehold.payments.services import take_money as taking
from tests.apps.payments.builders import a_folio
from tests.apps.payments.racing import meet_before
from tests.apps.payments.shop import account_balance
from tests.apps.payments.test_by_hand import record
from tests.apps.payments.test_credits import a_credit, matched
from tests.factories import CompanyFactory
from tests.support.duel import duel

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def told() -> Iterator[list[MoneyReceived]]:
    heard: list[MoneyReceived] = []
    events.subscribe(MoneyReceived, heard.append)
    yield heard
    wire()


def both_ways(monkeypatch: pytest.MonkeyPatch, *, same_folio: bool) -> tuple[Credit, list[Folio]]:
    """The notice names the first folio; the person records it on the same one, or on the second."""
    company = CompanyFactory()
    folios = [a_folio(54_000, 54_000, company=company) for _ in range(2)]
    for folio, reference in zip(folios, ("FH-7K2Q9M", "FH-7K2Q9N"), strict=True):
        folio.reference = reference
        folio.save()
    has_looked = threading.Event()
    look = recording._notices

    def notices(*args: Any) -> Any:
        found = look(*args)
        has_looked.set()
        return found

    def notice() -> Credit:
        has_looked.wait(20)
        with transaction.atomic():
            credit = a_credit(company, name="FT123", reference=folios[0].reference)
        return matched(credit)

    monkeypatch.setattr(recording, "_notices", notices)
    meet_before(monkeypatch, taking, "apply_snapshot")
    by_hand = folios[0 if same_folio else 1]
    outcomes = duel(notice, lambda: record(company, by_hand, method="bank_transfer", reference="ft123"))
    assert [outcome.error for outcome in outcomes] == [None, None]
    return outcomes[0].value, folios


@pytest.mark.parametrize("same_folio", [True, False])
def test_it_counts_once(monkeypatch: pytest.MonkeyPatch, told: list[MoneyReceived], same_folio: bool) -> None:
    credit, folios = both_ways(monkeypatch, same_folio=same_folio)
    assert (credit.state, len(told)) == (Credit.State.KNOWN, 1)
    assert sum(account_balance(folio, "bank") for folio in folios) == 54_000


def test_control_who_does_not_look_after_the_lock_counts_it_twice(
    monkeypatch: pytest.MonkeyPatch, told: list[MoneyReceived]
) -> None:
    monkeypatch.setattr(allocating, "known_charge", lambda *args, **options: None)
    both_ways(monkeypatch, same_folio=True)
    assert len(told) == 2


def test_control_on_two_folios_only_the_name_keeps_it_from_counting_twice(
    monkeypatch: pytest.MonkeyPatch, told: list[MoneyReceived]
) -> None:
    monkeypatch.setattr(recording, "hold_names", lambda names: None)
    both_ways(monkeypatch, same_folio=False)
    assert len(told) == 2
