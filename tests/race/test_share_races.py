"""Payers of one hold at the same instant, and the last of them against the sweeper. Folio first, or money is lost."""

from collections.abc import Callable
from typing import Any

import pytest

from freehold.bookings.models import Booking
from freehold.bookings.services import expire_booking as expiring
from freehold.bookings.services import receive_money as receiving
from freehold.bookings.services.split_payment import Share, split_payment
from freehold.core.actor import Actor
from freehold.core.models import OutboxMessage
from freehold.domain.ledger import Account
from freehold.finance.services.chart_of_accounts import account_ids
from freehold.payments.models import Payment, Refund
from tests.apps.payments.racing import meet_before, without_row_locks
from tests.factories import ListingFactory
from tests.support.booked import hold, money_comes, open_attempt
from tests.support.duel import duel
from tests.support.promises import broken_promises
from tests.support.stays import let_the_hold_lapse

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def shared(count: int) -> tuple[Booking, list[Payment]]:
    booking = hold(ListingFactory())
    # Else the first entries of a company wait for each other, whatever else is locked.
    account_ids(company_id=booking.company_id, codes=Account)
    links = split_payment(actor=Actor.of(booking.booker), booking_id=booking.pk, shares=[Share()] * count)
    return booking, [open_attempt(booking, link=link) for link in links]


def pay(payment: Payment) -> Callable[[], Any]:
    return lambda: money_comes(payment)


def refunded(booking: Booking) -> int:
    return sum(Refund.objects.system("test").filter(folio_id=booking.folio_id).values_list("amount_minor", flat=True))


def is_booked_or_returned(booking: Booking) -> bool:
    """Confirmed with all of the money, or over with none of it, and every promise kept."""
    booking.refresh_from_db()
    expected = {"confirmed": 0, "expired": booking.due_now_minor}
    return refunded(booking) == expected.get(booking.state, -1) and broken_promises() == []


def confirmations() -> int:
    return OutboxMessage.objects.filter(event="BookingConfirmed").count()


def test_two_payers_who_finish_at_once_confirm_once(monkeypatch: pytest.MonkeyPatch) -> None:
    booking, attempts = shared(2)
    meet_before(monkeypatch, receiving, "still_due")
    outcomes = duel(*[pay(attempt) for attempt in attempts])
    assert all(outcome.won for outcome in outcomes), outcomes
    booking.refresh_from_db()
    assert (booking.state, refunded(booking), confirmations()) == ("confirmed", 0, 1)
    assert broken_promises() == []


def test_control_without_locks_nobody_sees_the_share_of_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    booking, attempts = shared(2)
    meet_before(monkeypatch, receiving, "still_due")
    with without_row_locks():
        duel(*[pay(attempt) for attempt in attempts])
    booking.refresh_from_db()
    assert booking.state != "confirmed" or broken_promises() != []


@pytest.mark.parametrize("round_", range(3))
def test_the_last_payer_against_the_sweeper(round_: int) -> None:
    """Either all is paid and booked, or all of it goes back."""
    booking, (first, last) = shared(2)
    money_comes(first)
    let_the_hold_lapse()
    outcomes = duel(pay(last), lambda: expiring.expire_booking(booking_id=booking.pk))
    assert all(outcome.won for outcome in outcomes), outcomes
    assert is_booked_or_returned(booking)


def test_control_without_locks_the_sweeper_returns_what_was_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    booking, (first, last) = shared(2)
    money_comes(first)
    let_the_hold_lapse()
    meet_before(monkeypatch, receiving, "still_due")
    meet_before(monkeypatch, expiring, "release_space")
    with without_row_locks():
        outcomes = duel(pay(last), lambda: expiring.expire_booking(booking_id=booking.pk))
    assert not (all(outcome.won for outcome in outcomes) and is_booked_or_returned(booking))
