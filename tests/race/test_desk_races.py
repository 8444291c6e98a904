"""The desk, the guest and the clock at the same instant on one stay: one story, earned once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from freehold.bookings.models import Booking
from freehold.bookings.services import check_out_booking as leaving
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.check_in_booking import check_in_booking
from freehold.bookings.services.check_out_booking import check_out_booking, undo_check_out
from freehold.bookings.services.complete_stays import complete_stay
from freehold.bookings.services.mark_no_show import mark_no_show
from freehold.core import clock
from freehold.core.errors import Conflict
from freehold.domain.ledger import Account
from freehold.finance.models import Folio
from freehold.finance.selectors import account_balances
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import SYSTEM, confirmed, hold
from tests.support.duel import Outcome, duel
from tests.support.promises import broken_promises

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ROUNDS = 5


def act(service: Callable[..., Any], booking: Booking) -> Callable[[], Any]:
    return lambda: service(actor=SYSTEM, booking_id=booking.pk)


def booked(after_arrival: timedelta) -> Booking:
    booking, _payment = confirmed(ListingFactory(), arrive_in=1, nights=4)
    clock.move(booking.starts_at + after_arrival - clock.database_now())
    return booking


def only_clear_refusals(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.error is None or isinstance(outcome.error, Conflict), repr(outcome.error)


def state_of(booking: Booking) -> str:
    booking.refresh_from_db()
    return booking.state


def earned(booking: Booking) -> int:
    return -account_balances(booking.folio)[Account.REVENUE].minor


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_departure_against_the_end_of_the_stay_is_earned_once(round_: int) -> None:
    booking = booked(timedelta(minutes=1))
    check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    clock.move(timedelta(days=5))
    only_clear_refusals(duel(act(check_out_booking, booking), lambda: complete_stay(booking_id=booking.pk)))
    assert (state_of(booking), earned(booking)) == ("completed", booking.total_minor)
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_an_arrival_against_a_cancellation_is_one_of_both(round_: int) -> None:
    booking = booked(timedelta(minutes=1))
    arrival, cancellation = duel(act(check_in_booking, booking), act(cancel_booking, booking))
    only_clear_refusals([arrival, cancellation])
    assert arrival.won != cancellation.won
    assert state_of(booking) == ("in_house" if arrival.won else "cancelled")
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_nobody_came_against_a_late_arrival_is_one_of_both(round_: int) -> None:
    booking = booked(timedelta(hours=10))
    missed, arrival = duel(act(mark_no_show, booking), act(check_in_booking, booking))
    only_clear_refusals([missed, arrival])
    assert missed.won != arrival.won
    assert state_of(booking) == ("no_show" if missed.won else "in_house")
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_departure_that_is_taken_back_against_somebody_who_wants_the_nights(round_: int) -> None:
    booking = booked(timedelta(minutes=1))
    listing = booking.items.get().listing
    check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    clock.move(timedelta(hours=18))
    check_out_booking(actor=SYSTEM, booking_id=booking.pk)
    booker = UserFactory()
    back, taken = duel(act(undo_check_out, booking), lambda: hold(listing, booker=booker, arrive_in=1, nights=2))
    only_clear_refusals([back, taken])
    assert back.won != taken.won
    assert broken_promises() == []


def departures(monkeypatch: pytest.MonkeyPatch, booking: Booking) -> int:
    """How many of two departures at once really took place."""
    steps: list[Any] = []
    step = leaving.transition
    monkeypatch.setattr(leaving, "transition", lambda *states: (steps.append(states), step(*states))[1])
    only_clear_refusals(duel(act(check_out_booking, booking), act(check_out_booking, booking)))
    return len(steps)


def in_house() -> Booking:
    booking = booked(timedelta(minutes=1))
    check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    clock.move(timedelta(days=5))
    return booking


def test_two_departures_at_once_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert departures(monkeypatch, in_house()) == 1


def test_control_without_the_lock_a_guest_departs_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    both_have_read = threading.Barrier(2, timeout=20)

    def find(booking: Booking) -> tuple[Folio, Booking]:
        fresh = Booking.objects.system("test").get(pk=booking.pk)
        folio = Folio.objects.system("test").get(pk=fresh.folio_id)
        both_have_read.wait()
        return folio, fresh

    monkeypatch.setattr(leaving, "lock_booking", find)
    assert departures(monkeypatch, in_house()) == 2
