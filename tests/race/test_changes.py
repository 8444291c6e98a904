"""A change against everything that may happen to the same booking, or to the nights that it wants, at one instant.

Whatever wins, the promises hold, the old space is never lost while the new is not won, and nobody sees anything but a
clear refusal. The negative controls take a lock away and show that these tests would notice.
"""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from freehold.bookings import locking
from freehold.bookings.models import Booking, BookingChange
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.end_change import expire_due_changes
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.types import ItemChange
from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.domain.occasions import Nights
from freehold.finance.models import Folio
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Allocation
from freehold.inventory.services import swap_claims
from freehold.payments.models import Payment, Refund
from freehold.properties.models import Listing
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import SYSTEM, confirmed, hold, money_comes, open_attempt
from tests.support.duel import Outcome, duel
from tests.support.promises import broken_promises
from tests.support.stays import in_days, let_the_hold_lapse, stay

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

ROUNDS = 6


def change(booking: Booking, *, arrive_in: int = 30, nights: int = 3, to: Listing | None = None) -> Callable[[], Any]:
    item = booking.items.get()
    when = Nights(in_days(arrive_in), in_days(arrive_in + nights))
    changes = [ItemChange(item.pk, listing_id=to.pk if to else None, when=when)]
    return lambda: change_booking(actor=SYSTEM, booking_id=booking.pk, changes=changes)


def only_clear_refusals(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.error is None or isinstance(outcome.error, Conflict), repr(outcome.error)


def refunded(booking: Booking) -> int:
    return sum(Refund.objects.system("test").filter(folio_id=booking.folio_id).values_list("amount_minor", flat=True))


def pay(payment: Payment) -> Callable[[], Any]:
    return lambda: money_comes(payment)


def pay_for(booking: Booking, made: BookingChange) -> Payment:
    payment = open_attempt(booking)
    payment.amount_minor = made.due_minor
    payment.save()
    return payment


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_change_against_somebody_who_wants_the_same_nights(round_: int) -> None:
    listing = ListingFactory()
    booking, _ = confirmed(listing)
    booker = UserFactory()
    outcomes = duel(change(booking, arrive_in=32), lambda: hold(listing, booker=booker, arrive_in=33))
    only_clear_refusals(outcomes)
    assert [outcome.won for outcome in outcomes].count(True) == 1
    booking.refresh_from_db()
    assert booking.items.get().check_in == in_days(32 if outcomes[0].won else 30)
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_a_change_against_cancelling(round_: int) -> None:
    listing = ListingFactory()
    booking, _ = confirmed(listing)
    outcomes = duel(change(booking, nights=2), lambda: cancel_booking(actor=SYSTEM, booking_id=booking.pk))
    only_clear_refusals(outcomes)
    assert outcomes[1].won
    booking.refresh_from_db()
    assert (booking.state, refunded(booking)) == ("cancelled", 30_000)
    assert Allocation.objects.count() == 0
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_changing_a_hold_against_its_payment(round_: int) -> None:
    booking = hold(ListingFactory())
    payment = open_attempt(booking)
    outcomes = duel(change(booking, nights=5), pay(payment))
    only_clear_refusals(outcomes)
    booking.refresh_from_db()
    made = outcomes[0].value
    if booking.state == "confirmed":
        assert (made.state, booking.total_minor, refunded(booking)) == ("pending", 30_000, 0)
    else:
        assert (made.state, booking.total_minor, refunded(booking)) == ("applied", 50_000, 30_000)
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_the_payment_of_a_change_against_its_expiry(round_: int) -> None:
    listing = ListingFactory()
    booking, _ = confirmed(listing)
    made = change(booking, nights=5)()
    payment = pay_for(booking, made)
    let_the_hold_lapse()
    only_clear_refusals(duel(pay(payment), expire_due_changes))
    booking.refresh_from_db()
    assert (booking.total_minor, refunded(booking)) == (50_000, 0), "nobody else wanted the nights"
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_late_money_for_a_change_against_somebody_who_wants_the_nights(round_: int) -> None:
    listing = ListingFactory()
    booking, _ = confirmed(listing)
    made = change(booking, nights=5)()
    payment = pay_for(booking, made)
    let_the_hold_lapse()
    booker = UserFactory()
    outcomes = duel(pay(payment), lambda: hold(listing, booker=booker, arrive_in=33))
    only_clear_refusals(outcomes)
    booking.refresh_from_db()
    if outcomes[1].won:
        assert (booking.total_minor, refunded(booking)) == (30_000, 20_000)
    else:
        assert (booking.total_minor, refunded(booking)) == (50_000, 0)
    assert broken_promises() == []


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_changes_at_once_come_one_after_the_other(round_: int) -> None:
    booking, _ = confirmed(ListingFactory())
    outcomes = duel(change(booking, nights=2), change(booking, arrive_in=32))
    only_clear_refusals(outcomes)
    assert all(outcome.won for outcome in outcomes)
    assert sorted(booking.changes.values_list("number", flat=True)) == [1, 2]
    assert Allocation.objects.count() == 1 + booking.changes.filter(state="pending").count()
    assert broken_promises() == []


def two_neighbours() -> tuple[Listing, Listing, Booking, Booking]:
    first = ListingFactory()
    second = ListingFactory(company=first.company)
    return first, second, confirmed(first)[0], confirmed(second)[0]


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_who_want_each_others_place_both_keep_their_own(round_: int) -> None:
    first, second, one, other = two_neighbours()
    outcomes = duel(change(one, to=second), change(other, to=first))
    for outcome in outcomes:
        assert isinstance(outcome.error, Unavailable), repr(outcome.error)
        assert [reason.code for reason in outcome.error.reasons] == ["booked"]
    assert one.items.get().listing_id == first.pk
    assert other.items.get().listing_id == second.pk
    assert broken_promises() == []


def test_carts_that_move_in_opposite_orders_do_not_lock_each_other_out() -> None:
    first = ListingFactory()
    second = ListingFactory(company=first.company)
    for _ in range(3):
        bookings = []
        for listings, ahead in (((first, second), 30), ((second, first), 40)):
            items = [stay(listing, arrive_in=ahead) for listing in listings]
            booking = hold_booking(actor=Actor.of(UserFactory()), items=items)
            money_comes(open_attempt(booking))
            bookings.append((booking, ahead))

        def move(booking: Booking, ahead: int) -> Callable[[], Any]:
            when = Nights(in_days(ahead + 1), in_days(ahead + 4))
            changes = [ItemChange(item.pk, when=when) for item in booking.items.all()]
            return lambda: change_booking(actor=SYSTEM, booking_id=booking.pk, changes=changes)

        outcomes = duel(*[move(booking, ahead) for booking, ahead in bookings])
        assert all(outcome.won for outcome in outcomes), outcomes
        for booking, _ in bookings:
            cancel_booking(actor=SYSTEM, booking_id=booking.pk)
    assert broken_promises() == []


# --- negative controls --------------------------------------------------------------------------------------


def test_without_locking_all_units_first_neighbours_are_in_each_others_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap_claims, "lock_units_of_swap", lambda **units: None)
    for _ in range(10):
        first, second, one, other = two_neighbours()
        for outcome in duel(change(one, to=second), change(other, to=first)):
            reasons = (
                [reason.code for reason in outcome.error.reasons] if isinstance(outcome.error, Unavailable) else []
            )
            if reasons != ["booked"]:
                return
    pytest.fail("the race did not show with the lock removed: these tests would not notice its absence")


def test_without_the_folio_lock_a_change_meets_a_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_folio(folio_id: UUID) -> Folio:
        return Folio.objects.system("no lock").get(pk=folio_id)

    def read_booking(booking_id: UUID) -> Booking:
        found = Booking.objects.system("no lock").get(pk=booking_id)
        time.sleep(0.05)  # what a busy machine does between reading and writing
        return found

    monkeypatch.setattr(locking, "lock_folio", read_folio)
    monkeypatch.setattr(locking, "lock_booking_row", read_booking)
    for _ in range(10):
        booking, _payment = confirmed(ListingFactory())
        outcomes = duel(change(booking, nights=2), lambda b=booking: cancel_booking(actor=SYSTEM, booking_id=b.pk))
        strange = [outcome for outcome in outcomes if outcome.error and not isinstance(outcome.error, Conflict)]
        booking.refresh_from_db()
        if strange or broken_promises() or booking.state != "cancelled" or refunded(booking) != 30_000:
            return
    pytest.fail("the race did not show with the lock removed: these tests would not notice its absence")
