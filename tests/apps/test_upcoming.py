"""What time will bring, as the test clock shows it."""

from datetime import timedelta

import pytest
from django.test import Client

from freehold.bookings.services.expire_booking import expire_due_bookings
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.preview_refund import preview_refund
from freehold.core.actor import Actor
from freehold.core.test_clock import move_clock
from freehold.properties.models import Listing
from freehold.reports.upcoming import Happening, upcoming
from tests.factories import ListingFactory, UserFactory
from tests.support.stays import stay

pytestmark = pytest.mark.django_db


def test_a_hold_expires_when_time_is_moved_past_its_deadline(client: Client) -> None:
    booking = hold_booking(actor=Actor.of(UserFactory()), items=[stay(ListingFactory())])
    (moment,) = upcoming()
    assert (moment.happens, moment.reference) == (Happening.HOLD_EXPIRES, booking.reference)
    assert booking.reference in client.get("/dev/clock/").text
    move_clock(by=timedelta(minutes=16))
    assert expire_due_bookings() == 1
    assert upcoming() == []


def test_the_steps_of_a_refund_come_before_the_arrival() -> None:
    listing = ListingFactory(payment_terms=Listing.PaymentTerms.AT_PROPERTY)
    actor = Actor.of(UserFactory())
    booking = hold_booking(actor=actor, items=[stay(listing)])
    happens = [moment.happens for moment in upcoming()]
    assert happens[-2:] == [Happening.ARRIVAL, Happening.DEPARTURE]
    assert happens[0] == Happening.REFUND_SHRINKS
    before = preview_refund(actor=actor, booking_id=booking.pk)
    move_clock(by=upcoming()[0].at - before.as_of + timedelta(seconds=1))
    assert preview_refund(actor=actor, booking_id=booking.pk).policy != before.policy
