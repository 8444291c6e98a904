"""A host who answers while time runs out, the guest withdraws, or a colleague answers otherwise."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from freehold.bookings import locking
from freehold.bookings.models import Booking
from freehold.bookings.services import accept_request as accepting
from freehold.bookings.services import cancel_booking as cancelling
from freehold.bookings.services import decline_request as declining
from freehold.bookings.services import expire_booking as expiring
from freehold.core.errors import Conflict
from freehold.finance.models import Folio
from freehold.properties.models import Listing
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import SYSTEM, hold
from tests.support.duel import Outcome, duel
from tests.support.promises import broken_promises
from tests.support.stays import let_the_hold_lapse

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ROUNDS = 6
type Act = Callable[[], Any]


def asked(**options: Any) -> Booking:
    return hold(ListingFactory(acceptance=Listing.Acceptance.REQUEST, **options))


def accept(booking: Booking) -> Act:
    return lambda: accepting.accept_request(actor=SYSTEM, booking_id=booking.pk)


def decline(booking: Booking) -> Act:
    return lambda: declining.decline_request(actor=SYSTEM, booking_id=booking.pk)


def withdraw(booking: Booking) -> Act:
    return lambda: cancelling.cancel_booking(actor=SYSTEM, booking_id=booking.pk)


def expire(booking: Booking) -> Act:
    return lambda: expiring.expire_booking(booking_id=booking.pk)


def only_clear_refusals(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.error is None or isinstance(outcome.error, Conflict), repr(outcome.error)


def state_of(booking: Booking) -> str:
    booking.refresh_from_db()
    return booking.state


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_yes_against_no_has_one_answer(round_: int) -> None:
    booking = asked()
    yes, no = duel(accept(booking), decline(booking))
    only_clear_refusals([yes, no])
    assert yes.won != no.won
    assert state_of(booking) == ("held" if yes.won else "declined")
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("terms", ["online", "at_property"])
def test_yes_against_the_guest_who_withdraws_ends_cancelled(round_: int, terms: str) -> None:
    booking = asked(payment_terms=terms)
    outcomes = duel(accept(booking), withdraw(booking))
    only_clear_refusals(outcomes)
    assert outcomes[1].won
    assert state_of(booking) == "cancelled"
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_yes_against_the_end_of_the_time_to_answer(round_: int) -> None:
    booking = asked(answer_within_hours=1)
    let_the_hold_lapse(minutes=61)
    outcomes = duel(accept(booking), expire(booking))
    only_clear_refusals(outcomes)
    assert not outcomes[0].won, "a yes that comes too late is none"
    assert state_of(booking) == "expired"
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_late_yes_against_somebody_else_who_wants_the_nights(round_: int) -> None:
    booking = asked(answer_within_hours=1)
    listing = Listing.objects.system("test").get(pk=booking.items.get().listing_id)
    let_the_hold_lapse(minutes=61)
    booker = UserFactory()
    outcomes = duel(accept(booking), lambda: hold(listing, booker=booker))
    only_clear_refusals(outcomes)
    assert [outcome.won for outcome in outcomes] == [False, True]
    expiring.expire_booking(booking_id=booking.pk)
    assert broken_promises() == []


def test_control_without_the_lock_an_answered_request_is_answered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock of folio and booking both read the same request: both count, or they block each other."""
    both_have_read = threading.Barrier(2, timeout=20)

    def find(booking: Booking) -> tuple[Folio, Booking]:
        fresh = Booking.objects.system("test").get(pk=booking.pk)
        folio = Folio.objects.system("test").get(pk=fresh.folio_id)
        both_have_read.wait()
        return folio, fresh

    assert accepting.lock_booking is locking.lock_booking
    for module in (accepting, declining):
        monkeypatch.setattr(module, "lock_booking", find)
    booking = asked()
    outcomes = duel(accept(booking), decline(booking))
    refused_clearly = [
        isinstance(outcome.error, Conflict) and outcome.error.code == "not_requested" for outcome in outcomes
    ]
    assert not any(refused_clearly), outcomes
