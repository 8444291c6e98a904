"""Who is told what about a request."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from freehold.adapters.messaging.captured import CapturedMessenger
from freehold.bookings.models import Booking
from freehold.bookings.services.accept_request import accept_request
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.decline_request import decline_request
from freehold.bookings.services.expire_booking import expire_due_bookings
from freehold.bookings.services.set_guests import set_guests
from freehold.core import clock, outside
from freehold.core.actor import Actor
from freehold.core.outbox import deliver_due
from freehold.properties.models import Listing
from tests.factories import ListingFactory, MembershipFactory, UserFactory
from tests.support.booked import SYSTEM, hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[CapturedMessenger]:
    captured = CapturedMessenger(tmp_path / "mailbox")
    usual = {channel: outside.messenger(channel) for channel in ("email", "sms")}
    for channel in usual:
        outside.bind_messenger(channel, captured)
    yield captured
    for channel, messenger in usual.items():
        outside.bind_messenger(channel, messenger)


@pytest.fixture
def booking() -> Booking:
    listing = ListingFactory(acceptance=Listing.Acceptance.REQUEST, title="Brick house")
    MembershipFactory(company=listing.company, user=UserFactory(email="host@example.com"), role="host")
    MembershipFactory(user=UserFactory(email="other@example.com"), role="admin")
    return hold(listing, booker=UserFactory(email="guest@example.com", first_name="Ada"))


def told(mailbox: CapturedMessenger) -> dict[str, list[str]]:
    """Subjects by address, after everything that is due was delivered."""
    while deliver_due(worker_id="test"):
        pass
    found: dict[str, list[str]] = {}
    for captured in reversed(mailbox.messages()):
        found.setdefault(captured.message.to, []).append(captured.message.subject)
    return found


def test_the_guest_hears_that_it_was_asked_and_the_host_what(mailbox: CapturedMessenger, booking: Booking) -> None:
    set_guests(actor=Actor.of(booking.booker), booking_id=booking.pk, guests=[], note="We are <quiet>.")
    assert set(told(mailbox)) == {"guest@example.com", "host@example.com"}
    to_host = next(each.message for each in mailbox.messages() if each.message.to == "host@example.com")
    assert "Ada" in to_host.subject
    assert "We are <quiet>." in to_host.text
    assert "We are &lt;quiet&gt;." in to_host.html
    assert f"/console/bookings/{booking.reference}/" in to_host.text


def test_an_accepted_guest_hears_until_when_to_pay(mailbox: CapturedMessenger, booking: Booking) -> None:
    accept_request(actor=SYSTEM, booking_id=booking.pk, note="Come in!")
    assert told(mailbox) == {"guest@example.com": [f"The host said yes: {booking.reference}"]}
    (mail,) = [each.message for each in mailbox.messages()]
    assert "Come in!" in mail.text
    assert "$300.00" in mail.text


def test_what_is_confirmed_at_once_is_told_once(mailbox: CapturedMessenger) -> None:
    listing = ListingFactory(acceptance=Listing.Acceptance.REQUEST, payment_terms=Listing.PaymentTerms.AT_PROPERTY)
    booking = hold(listing, booker=UserFactory(email="guest@example.com"))
    accept_request(actor=SYSTEM, booking_id=booking.pk)
    assert told(mailbox) == {"guest@example.com": [f"Your booking {booking.reference} is confirmed"]}


def test_a_declined_guest_reads_the_hosts_words(mailbox: CapturedMessenger, booking: Booking) -> None:
    told(mailbox)
    decline_request(actor=SYSTEM, booking_id=booking.pk, note="We paint the walls.")
    assert told(mailbox)["guest@example.com"][-1] == f"Your request {booking.reference} was declined"
    assert any("We paint the walls." in each.message.text for each in mailbox.messages())


def test_both_hear_when_nobody_answered(mailbox: CapturedMessenger, booking: Booking) -> None:
    clock.move(timedelta(hours=25))
    expire_due_bookings()
    heard = told(mailbox)
    assert heard["guest@example.com"][-1] == f"Nobody answered your request {booking.reference}"
    assert heard["host@example.com"][-1] == f"Request {booking.reference} ran out"


def test_the_host_hears_that_a_request_was_withdrawn(mailbox: CapturedMessenger, booking: Booking) -> None:
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    assert told(mailbox) == {"host@example.com": [f"Request {booking.reference} was withdrawn"]}
