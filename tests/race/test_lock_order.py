"""Two bookings over the same units, booked in opposite orders: neither ever waits for the other while it waits back.

Each step locks all the units that it will touch in one statement, in id order, before it goes from claim to claim. The
pause after each lock is what a busy machine does anyway; without the first, common lock it makes two of them stop each
other every time, which the negative controls show.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from freehold.bookings.models import Booking
from freehold.bookings.services.accept_request import accept_request
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.check_in_booking import check_in_booking
from freehold.bookings.services.check_out_booking import check_out_booking, undo_check_out
from freehold.bookings.services.extend_hold import extend_hold
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.types import ItemChange
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.domain.ledger import Account as Code
from freehold.domain.occasions import Nights
from freehold.finance.services.chart_of_accounts import account_ids
from freehold.inventory import allocations
from freehold.inventory.services import swap_claims
from freehold.inventory.services.claim_listing import claim_listing
from freehold.properties.models import Listing
from tests.factories import ListingFactory, UserFactory, unit_type_listing
from tests.support.booked import SYSTEM, confirmed, money_comes, open_attempt
from tests.support.duel import Outcome, duel
from tests.support.promises import broken_promises
from tests.support.stays import in_days, let_the_hold_lapse, stay

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

Step = Callable[[], Any]


def opposite_carts(*, arrive_in: tuple[int, int] = (30, 40), **options: Any) -> list[Booking]:
    """Two holds of the same two places on other nights, one in either order."""
    first = ListingFactory(**options)
    second = ListingFactory(company=first.company, **options)
    account_ids(company_id=first.company_id, codes=Code)  # the first entry of a company keeps all others waiting
    return [
        hold_booking(
            actor=Actor.of(UserFactory()), items=[stay(listing, arrive_in=ahead, nights=5) for listing in listings]
        )
        for listings, ahead in zip(((first, second), (second, first)), arrive_in, strict=True)
    ]


def paid_carts(**options: Any) -> list[Booking]:
    bookings = opposite_carts(**options)
    for booking in bookings:
        money_comes(open_attempt(booking))
    return bookings


def act(service: Callable[..., Any], booking: Booking) -> Step:
    return lambda: service(actor=SYSTEM, booking_id=booking.pk)


def paying() -> list[Step]:
    payments = [open_attempt(booking) for booking in opposite_carts()]
    return [lambda payment=payment: money_comes(payment) for payment in payments]


def cancelling() -> list[Step]:
    return [act(cancel_booking, booking) for booking in paid_carts()]


def extending() -> list[Step]:
    return [act(extend_hold, booking) for booking in opposite_carts()]


def accepting() -> list[Step]:
    return [act(accept_request, booking) for booking in opposite_carts(acceptance=Listing.Acceptance.REQUEST)]


def paying_late() -> list[Step]:
    steps = paying()
    let_the_hold_lapse()
    return steps


def there() -> list[Booking]:
    """Two parties who have both places one after the other, and are both checked in."""
    bookings = paid_carts(arrive_in=(1, 6))
    for booking in bookings:
        booking.refresh_from_db()
        clock.move(booking.starts_at + timedelta(hours=1) - clock.database_now())
        check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    return bookings


def leaving() -> list[Step]:
    return [act(check_out_booking, booking) for booking in there()]


def coming_back() -> list[Step]:
    bookings = there()
    for booking in bookings:
        check_out_booking(actor=SYSTEM, booking_id=booking.pk)
    return [act(undo_check_out, booking) for booking in bookings]


STEPS = {each.__name__: each for each in (paying, cancelling, extending, accepting, paying_late, leaving, coming_back)}


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody takes their time after each lock."""
    lock = allocations._lock

    def lock_and_pause(statement: str, params: dict[str, Any]) -> None:
        lock(statement, params)
        time.sleep(0.15)

    monkeypatch.setattr(allocations, "_lock", lock_and_pause)


def all_won(outcomes: list[Outcome]) -> bool:
    return all(outcome.won for outcome in outcomes)


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
def test_opposite_carts_do_not_stop_each_other(steps: Callable[[], list[Step]], slowly: None) -> None:
    outcomes = duel(*steps())
    assert all_won(outcomes), outcomes
    assert broken_promises() == []


@pytest.mark.parametrize("steps", [paying, cancelling, extending, accepting, leaving], ids=lambda each: each.__name__)
def test_without_the_common_lock_opposite_carts_stop_each_other(
    steps: Callable[[], list[Step]], slowly: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(8):  # claims made within one millisecond may be in any order
        callers = steps()
        with monkeypatch.context() as patch:
            patch.setattr(allocations, "_LOCK_UNITS_OF_CLAIMS", "SELECT 1 WHERE %(claims)s::uuid[] IS NULL")
            if not all_won(duel(*callers)):
                return
    pytest.fail("the race did not show with the lock removed: these tests would not notice its absence")


# --- a move onto a unit of a type ---------------------------------------------------------------------------


def two_who_change_places() -> list[Step]:
    """One goes from a room of a type to a villa, the other from the villa to a room of the type: each on nights on
    which nobody is there, and only the units are the same."""
    rooms = unit_type_listing(units=1)
    villa = ListingFactory(company=rooms.company)
    (one, _), (other, _) = confirmed(rooms), confirmed(villa)
    return [move(one, villa), move(other, rooms)]


def move(booking: Booking, listing: Listing) -> Step:
    when = Nights(in_days(40), in_days(43))
    changes = [ItemChange(booking.items.get().pk, listing_id=listing.pk, when=when)]
    return lambda: change_booking(actor=SYSTEM, booking_id=booking.pk, changes=changes)


def test_who_gives_up_a_room_of_a_type_and_who_moves_into_it_do_not_stop_each_other(slowly: None) -> None:
    for _ in range(3):
        outcomes = duel(*two_who_change_places())
        assert all_won(outcomes), outcomes
    assert broken_promises() == []


def test_waiting_for_a_unit_of_a_type_while_holding_others_stops_both(
    slowly: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def patiently(**options: Any) -> Any:
        return claim_listing(**{**options, "may_wait": True})

    monkeypatch.setattr(swap_claims, "claim_listing", patiently)
    for _ in range(5):
        if not all_won(duel(*two_who_change_places())):
            return
    pytest.fail("the race did not show with the guard removed: these tests would not notice its absence")
