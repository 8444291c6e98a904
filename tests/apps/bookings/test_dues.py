"""What of a booking is paid, due now and due later, from the price to the last payment."""

from typing import Any

import pytest

from freehold.bookings.dues import dues_of, dues_of_price
from freehold.bookings.models import Booking
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.core.actor import Actor
from freehold.pricing.services.price_cart import price_cart
from tests.factories import ListingFactory
from tests.support.booked import confirmed, hold, money_comes, open_attempt
from tests.support.stays import let_the_hold_lapse, stay

pytestmark = pytest.mark.django_db


def amounts(booking: Booking) -> tuple[int, int, int]:
    dues = dues_of(Booking.objects.system("test").get(pk=booking.pk))
    return dues.paid.minor, dues.now.minor, dues.later.minor


def deposit_listing(**options: Any) -> Any:
    return ListingFactory(payment_terms="deposit", rate_plan__deposit_basis_points=2_000, **options)


def test_a_deposit_is_due_now_until_it_was_paid_and_the_rest_until_the_arrival() -> None:
    listing = deposit_listing()
    price = dues_of_price(price_cart(actor=Actor.anonymous(), items=[stay(listing)]))
    assert (price.now.minor, price.later.minor) == (6_000, 24_000)
    booking = hold(listing)
    assert amounts(booking) == (0, 6_000, 24_000)
    money_comes(open_attempt(booking))
    assert amounts(booking) == (6_000, 0, 24_000)
    dues = dues_of(booking)
    assert (dues.later_by, dues.owed.minor, dues.is_paid_there) == (booking.starts_at, 24_000, False)
    assert price.later_by == booking.starts_at


def test_a_balance_whose_day_has_come_is_due_now() -> None:
    booking, _ = confirmed(deposit_listing(), arrive_in=1)
    let_the_hold_lapse(minutes=3 * 24 * 60)
    assert amounts(booking) == (6_000, 24_000, 0)


def test_at_the_property_nothing_is_due_before_and_all_of_it_there() -> None:
    booking = hold(ListingFactory(payment_terms="at_property"))
    dues = dues_of(booking)
    assert (dues.now.minor, dues.later.minor, dues.is_paid_there) == (0, 30_000, True)


def test_what_was_paid_in_full_owes_nothing() -> None:
    booking, _ = confirmed(ListingFactory())
    assert amounts(booking) == (30_000, 0, 0)
    assert dues_of(booking).later_by is None


def test_what_came_to_nothing_owes_nothing() -> None:
    lapsed = hold(ListingFactory())
    let_the_hold_lapse()
    assert amounts(lapsed) == (0, 0, 0)
    given_up = hold(deposit_listing())
    cancel_booking(actor=Actor.of(given_up.booker), booking_id=given_up.pk)
    assert amounts(given_up) == (0, 0, 0)
