"""What time will bring, as the test clock shows it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from freehold.adapters.messaging.captured import CapturedMessenger
from freehold.bookings.services.expire_booking import expire_due_bookings
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.preview_refund import preview_refund
from freehold.core import outside
from freehold.core.actor import Actor
from freehold.core.test_clock import move_clock
from freehold.ports.messenger import Message
from freehold.properties.models import Listing
from freehold.reports.upcoming import Happening, upcoming
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import confirmed
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
    assert [moment.happens for moment in upcoming()][-2:] == [Happening.ARRIVAL, Happening.DEPARTURE]
    (step, *_) = [moment for moment in upcoming() if moment.happens == Happening.REFUND_SHRINKS]
    before = preview_refund(actor=actor, booking_id=booking.pk)
    move_clock(by=step.at - before.as_of + timedelta(seconds=1))
    assert preview_refund(actor=actor, booking_id=booking.pk).policy != before.policy


def test_reminders_come_before_the_arrival_and_only_who_owes_is_asked_for_money() -> None:
    owing = hold_booking(
        actor=Actor.of(UserFactory()),
        items=[stay(ListingFactory(payment_terms=Listing.PaymentTerms.AT_PROPERTY))],
    )
    paid, _ = confirmed(ListingFactory())
    reminders = {
        (moment.happens, moment.reference): moment.at for moment in upcoming() if "reminder" in moment.happens.value
    }
    assert reminders == {
        (Happening.BALANCE_REMINDER, owing.reference): owing.starts_at - timedelta(days=7),
        (Happening.ARRIVAL_REMINDER, owing.reference): owing.starts_at - timedelta(days=3),
        (Happening.ARRIVAL_REMINDER, paid.reference): paid.starts_at - timedelta(days=3),
    }


def test_the_page_of_the_clock_shows_what_people_were_just_told(client: Client, tmp_path: Path) -> None:
    usual = outside.mailbox()
    captured = CapturedMessenger(tmp_path)
    captured.send(Message(channel="email", to="ada@example.com", subject="<b>Soon</b>", text="Hello", dedupe_key="1"))
    outside.bind_mailbox(captured)
    try:
        page = client.get("/dev/clock/").text
    finally:
        outside.bind_mailbox(usual)
    assert "&lt;b&gt;Soon" in page
    assert "to ada@example.com" in page
    assert "/dev/mailbox/" in page
