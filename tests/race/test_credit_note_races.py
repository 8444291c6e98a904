"""Reductions at the same instant: no number twice, none left out, and never more than was charged."""

from collections.abc import Callable
from typing import Any

import pytest

from freehold.bookings.models import Booking
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.grant_reduction import grant_reduction
from freehold.core.errors import Conflict
from freehold.core.ids import uuid7
from freehold.domain.money import Money
from freehold.finance.models import CreditNote
from freehold.finance.services import issue_credit_note as issuing
from tests.factories import ListingFactory
from tests.support.booked import SYSTEM, confirmed
from tests.support.duel import duel
from tests.support.promises import broken_promises

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def granting(booking: Booking, minor: int) -> Callable[[], Any]:
    return lambda: grant_reduction(
        actor=SYSTEM,
        booking_id=booking.pk,
        amount=Money(minor, booking.currency),
        cause="goodwill",
        reason="Cold.",
        key=uuid7().hex,
    )


def several(count: int) -> list[Booking]:
    listing = ListingFactory()
    return [confirmed(listing, arrive_in=10 + 10 * place, nights=2)[0] for place in range(count)]


def numbers() -> list[int]:
    return sorted(CreditNote.objects.system("test").values_list("number", flat=True))


def test_bookings_of_one_company_get_numbers_without_a_gap() -> None:
    bookings = several(4)
    # One of them fails in the middle: its number is the next one's.
    outcomes = duel(*(granting(each, 500) for each in bookings), granting(bookings[0], 10**9))
    assert [each.won for each in outcomes] == [True] * 4 + [False]
    assert numbers() == [1, 2, 3, 4]
    assert broken_promises() == []


def test_numbers_collide_without_the_counters_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: who counts the notes instead gets the number of somebody else, and the database refuses it."""
    bookings = several(4)

    def counted(company_id: Any, kind: str, year: int) -> int:
        return CreditNote.objects.company(company_id).filter(year=year).count() + 1

    monkeypatch.setattr(issuing, "_next_number", counted)
    outcomes = duel(*(granting(each, 500) for each in bookings))
    assert not all(each.won for each in outcomes)
    assert numbers() == list(range(1, len(numbers()) + 1))


def test_two_reductions_of_one_booking_are_never_more_than_its_charge() -> None:
    [booking] = several(1)
    most = booking.total_minor
    outcomes = duel(granting(booking, most - 100), granting(booking, most - 100))
    assert sorted(each.won for each in outcomes) == [False, True]
    assert all(each.won or isinstance(each.error, Conflict) for each in outcomes)
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(3))
def test_a_reduction_against_a_cancellation_gives_nothing_back_twice(round_: int) -> None:
    [booking] = several(1)
    outcomes = duel(granting(booking, 5_000), lambda: cancel_booking(actor=SYSTEM, booking_id=booking.pk))
    assert all(each.won or isinstance(each.error, Conflict) for each in outcomes), outcomes
    assert broken_promises() == []
