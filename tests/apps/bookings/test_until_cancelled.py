"""What lasts until cancelled ends when its guest says so."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from freehold.bookings.models import Booking
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.check_in_booking import check_in_booking
from freehold.bookings.services.check_out_booking import check_out_booking, undo_check_out
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.mark_no_show import mark_no_show
from freehold.bookings.services.preview_refund import preview_refund
from freehold.bookings.types import ItemChange
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.domain.occasions import Nights
from freehold.domain.periods import FOREVER, local_instant
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Allocation
from freehold.properties.models import Listing
from tests.factories import CancellationPolicyFactory, ListingFactory, UserFactory
from tests.support.booked import SYSTEM, confirmed, money_comes, open_attempt
from tests.support.promises import broken_promises
from tests.support.slots import exclusive_listing, from_now_on
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def promises_hold() -> object:
    yield
    assert broken_promises() == []


def taken_from_now_on(hall: Listing) -> Booking:
    booking = hold_booking(actor=Actor.of(UserFactory()), items=[from_now_on(hall)])
    money_comes(open_attempt(booking))
    clock.move(timedelta(days=2))
    booking.refresh_from_db()
    return booking


def test_cancelling_after_the_start_frees_the_space_at_once_and_gives_nothing_back() -> None:
    hall = exclusive_listing()
    booking = taken_from_now_on(hall)
    assert preview_refund(actor=Actor.of(booking.booker), booking_id=booking.pk).refund.minor == 0
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    booking.refresh_from_db()
    assert (booking.state, booking.refund_minor) == ("cancelled", 0)
    assert booking.items.get().claim.released_at is not None
    taken_from_now_on(hall)


def test_whoever_is_in_leaves_by_cancelling() -> None:
    hall = exclusive_listing()
    booking = taken_from_now_on(hall)
    check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    booking.refresh_from_db()
    assert booking.state == "completed"
    assert Allocation.objects.get().period.upper <= clock.database_now()
    clock.move(timedelta(seconds=1))  # what begins now begins with the second
    taken_from_now_on(hall)


@pytest.mark.parametrize("again", [False, True], ids=["once", "taken back and once more"])
def test_what_must_stay_empty_after_a_stay_does_when_it_had_no_end(again: bool) -> None:
    hall = exclusive_listing(turnover_days=2)
    booking = taken_from_now_on(hall)
    check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    check_out_booking(actor=SYSTEM, booking_id=booking.pk)
    if again:
        undo_check_out(actor=SYSTEM, booking_id=booking.pk)
        assert Allocation.objects.get().period.upper == FOREVER
        check_out_booking(actor=SYSTEM, booking_id=booking.pk)
    claim = booking.items.get().claim
    left = clock.database_now().astimezone(ZoneInfo(hall.property.time_zone)).date()
    empty_until = local_instant(left + timedelta(days=2), hall.property.check_out_time, hall.property.time_zone)
    assert (Allocation.objects.get().period.upper, claim.period.upper <= clock.database_now()) == (empty_until, True)
    with pytest.raises(Unavailable):
        taken_from_now_on(hall)
    clock.move(timedelta(days=3))
    taken_from_now_on(hall)


def test_who_never_came_after_a_change_is_charged_once() -> None:
    listing = ListingFactory(rate_plan__base_price_minor=10_000)
    listing.rate_plan.cancellation_policy = CancellationPolicyFactory(
        tiers=[{"hours_before": 0, "basis_points": 5_000}], name="House"
    )
    listing.rate_plan.save()
    booking, _ = confirmed(listing, arrive_in=3, nights=4)
    item = booking.items.get()
    when = Nights(in_days(3), in_days(5))
    change_booking(actor=SYSTEM, booking_id=booking.pk, changes=[ItemChange(item.pk, when=when)])
    clock.move(timedelta(days=5))
    mark_no_show(actor=SYSTEM, booking_id=booking.pk)
    booking.refresh_from_db()
    assert (booking.kept_minor, booking.fee_minor) == (10_000, 20_000)
