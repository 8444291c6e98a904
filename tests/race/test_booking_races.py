"""Hold, pay, expire and cancel, in every pair, at the same instant on the same booking or the same nights.

Whatever wins, the promises hold and nobody sees anything but a clear refusal. The negative control runs a pair with
the folio's lock taken away and shows that these tests would notice.
"""

import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from freehold.bookings import locking
from freehold.bookings.models import Booking
from freehold.bookings.services import cancel_booking as cancelling
from freehold.bookings.services import expire_booking as expiring
from freehold.bookings.services import receive_money as receiving
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, TemporarilyUnavailable
from freehold.finance.models import Folio
from freehold.inventory.models import Claim
from freehold.payments.models import Payment, Refund
from freehold.payments.services import apply_snapshot as applying
from freehold.pricing.services.create_quote import create_quote
from freehold.properties.models import Listing
from tests.factories import ListingFactory, UserFactory, unit_type_listing
from tests.support.booked import SYSTEM, confirmed, hold, money_comes, open_attempt
from tests.support.duel import Outcome, duel
from tests.support.promises import broken_promises
from tests.support.stays import let_the_hold_lapse, stay

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ROUNDS = 8


def cancel(booking: Booking) -> Callable[[], Any]:
    return lambda: cancelling.cancel_booking(actor=SYSTEM, booking_id=booking.pk)


def expire(booking: Booking) -> Callable[[], Any]:
    return lambda: expiring.expire_booking(booking_id=booking.pk)


def pay(payment: Payment) -> Callable[[], Any]:
    return lambda: money_comes(payment)


def take(listing: Listing) -> Callable[[], Any]:
    booker = UserFactory()
    return lambda: hold(listing, booker=booker)


def only_clear_refusals(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.error is None or isinstance(outcome.error, Conflict), repr(outcome.error)


def state_of(booking: Booking) -> str:
    booking.refresh_from_db()
    return booking.state


def refunded(booking: Booking) -> int:
    return sum(Refund.objects.system("test").filter(folio_id=booking.folio_id).values_list("amount_minor", flat=True))


def test_fifty_guests_want_one_unit_and_one_gets_it() -> None:
    listing = ListingFactory()
    outcomes = duel(*[take(listing) for _ in range(50)])
    only_clear_refusals(outcomes)
    winners = [outcome for outcome in outcomes if outcome.won]
    assert len(winners) == 1
    assert all(outcome.error.code == "unavailable" for outcome in outcomes if outcome.error)  # type: ignore[attr-defined]
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_one_quote_at_the_same_instant_is_one_booking(round_: int) -> None:
    listing, booker = unit_type_listing(units=4), Actor.of(UserFactory())
    quote = create_quote(actor=booker, items=[stay(listing)])
    outcomes = duel(*[lambda: hold_booking(actor=booker, quote_id=quote.pk) for _ in range(4)])
    only_clear_refusals(outcomes)
    assert sum(outcome.won for outcome in outcomes) == 1
    assert all(outcome.error.code == "quote_used" for outcome in outcomes if outcome.error)  # type: ignore[attr-defined]
    assert Claim.objects.company(listing.company_id).count() == 1
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_new_hold_against_the_expiry_of_the_old_one(round_: int) -> None:
    listing = ListingFactory()
    old = hold(listing)
    let_the_hold_lapse()
    outcomes = duel(take(listing), expire(old))
    only_clear_refusals(outcomes)
    assert outcomes[0].won, "a lapsed hold gives way"
    expiring.expire_booking(booking_id=old.pk)
    assert state_of(old) == "expired"
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_new_hold_against_late_money_for_the_old_one(round_: int) -> None:
    listing = ListingFactory()
    old = hold(listing)
    payment = open_attempt(old)
    let_the_hold_lapse()
    outcomes = duel(take(listing), pay(payment))
    only_clear_refusals(outcomes)
    assert outcomes[1].won
    if outcomes[0].won:
        assert refunded(old) == old.total_minor
        expiring.expire_booking(booking_id=old.pk)
    else:
        assert state_of(old) == "confirmed"
        assert refunded(old) == 0
    assert broken_promises() == []


@pytest.mark.parametrize("make", [ListingFactory, unit_type_listing], ids=["unit", "unit type"])
def test_late_money_waits_for_a_decision_that_is_being_made(make: Callable[[], Listing]) -> None:
    """Somebody sits on the lock of what is still free: that is no reason to send the money back."""
    listing = make()
    booking = hold(listing)
    payment = open_attempt(booking)
    let_the_hold_lapse()
    expiring.expire_booking(booking_id=booking.pk)
    if listing.unit_type_id:
        hold(listing)
    locked, answered = threading.Event(), threading.Event()

    def sit_on_it() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT id FROM properties_unit FOR NO KEY UPDATE")
            locked.set()
            assert answered.wait(timeout=20)

    def pay_now() -> None:
        assert locked.wait(timeout=20)
        try:
            money_comes(payment)
        finally:
            answered.set()

    outcomes = duel(sit_on_it, pay_now)
    assert isinstance(outcomes[1].error, TemporarilyUnavailable), outcomes
    assert refunded(booking) == 0

    money_comes(payment)
    assert state_of(booking) == "confirmed"
    assert refunded(booking) == 0
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_new_hold_against_the_cancellation_of_the_old_booking(round_: int) -> None:
    listing = ListingFactory()
    old, _ = confirmed(listing)
    outcomes = duel(take(listing), cancel(old))
    only_clear_refusals(outcomes)
    assert state_of(old) == "cancelled"
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_money_against_expiry_confirms(round_: int) -> None:
    booking = hold(ListingFactory())
    payment = open_attempt(booking)
    let_the_hold_lapse()
    only_clear_refusals(duel(pay(payment), expire(booking)))
    assert state_of(booking) == "confirmed"
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_money_against_cancellation_is_kept_or_given_back(round_: int) -> None:
    booking = hold(ListingFactory())
    payment = open_attempt(booking)
    only_clear_refusals(duel(pay(payment), cancel(booking)))
    assert state_of(booking) == "cancelled"
    assert refunded(booking) == booking.total_minor
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_expiry_against_cancellation_ends_in_one_state(round_: int) -> None:
    booking = hold(ListingFactory())
    let_the_hold_lapse()
    only_clear_refusals(duel(expire(booking), cancel(booking)))
    assert state_of(booking) in {"expired", "cancelled"}
    assert broken_promises() == []


def test_many_cancellations_refund_once() -> None:
    booking, _ = confirmed(ListingFactory())
    only_clear_refusals(duel(*[cancel(booking) for _ in range(12)]))
    assert refunded(booking) == booking.total_minor
    assert broken_promises() == []


def test_the_same_money_reported_many_times_at_once_counts_once() -> None:
    booking = hold(ListingFactory())
    payment = open_attempt(booking)
    only_clear_refusals(duel(*[pay(payment) for _ in range(12)]))
    assert state_of(booking) == "confirmed"
    payment.refresh_from_db()
    assert payment.received_minor == booking.total_minor
    assert broken_promises() == []


def test_the_same_money_reported_while_many_cancel() -> None:
    booking = hold(ListingFactory())
    payment = open_attempt(booking)
    only_clear_refusals(duel(*[pay(payment) for _ in range(5)], *[cancel(booking) for _ in range(5)]))
    assert state_of(booking) == "cancelled"
    assert refunded(booking) == booking.total_minor
    assert broken_promises() == []


def test_without_the_folio_lock_the_race_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the same pair of pay and cancel, its first lock removed."""

    def read_folio(folio_id: UUID) -> Folio:
        return Folio.objects.system("no lock").get(pk=folio_id)

    def read_booking(booking_id: UUID) -> Booking:
        found = Booking.objects.system("no lock").get(pk=booking_id)
        time.sleep(0.05)  # what a busy machine does between reading and writing
        return found

    for module in (locking, receiving, applying):
        monkeypatch.setattr(module, "lock_folio", read_folio, raising=False)
    for module in (locking, receiving):
        monkeypatch.setattr(module, "lock_booking_row", read_booking, raising=False)

    for _ in range(10):
        booking = hold(ListingFactory())
        payment = open_attempt(booking)
        outcomes = duel(pay(payment), cancel(booking))
        strange = [o for o in outcomes if o.error and not isinstance(o.error, Conflict)]
        if strange or broken_promises() or state_of(booking) != "cancelled" or refunded(booking) == 0:
            return
    pytest.fail("the race did not show with the lock removed: these tests would not notice its absence")
