"""A guest asks for a place that answers itself, and sees what becomes of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from freehold.bookings.models import Booking
from freehold.bookings.services.accept_request import accept_request
from freehold.bookings.services.decline_request import decline_request
from freehold.bookings.services.expire_booking import expire_due_bookings
from freehold.core import clock
from freehold.properties.models import Listing
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import SYSTEM, hold
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest(client: Client) -> Any:
    user = UserFactory()
    client.force_login(user)
    return user


def asking_listing(**options: Any) -> Listing:
    listing: Listing = ListingFactory(acceptance=Listing.Acceptance.REQUEST, answer_within_hours=12, **options)
    return listing


def trip(client: Client, booking: Booking) -> str:
    return client.get(reverse("site:trip", args=[booking.reference])).text


def test_the_price_box_asks_instead_of_holding(client: Client, guest: Any) -> None:
    listing = asking_listing()
    wish = {"check_in": str(in_days(30)), "check_out": str(in_days(33)), "adults": 2}
    page = client.get(reverse("site:place", args=[listing.slug]), wish)
    assert "Ask the host" in page.text
    assert "The host answers within 12 hours" in page.text
    expected = str(page.context["price"].total.minor)
    asked = client.post(reverse("site:hold"), {**wish, "place": listing.slug, "expected": expected}, follow=True)
    assert asked.redirect_chain[-1][0].endswith("/guests/")
    assert "The host has got your request and answers until" in asked.text
    booking = Booking.objects.system("test").get()
    assert booking.state == "requested"
    names = {"name_0": "Ada Wong", "name_1": "", "note": "We are quiet."}
    told = client.post(reverse("site:guests", args=[booking.pk]), names, follow=True)
    assert told.redirect_chain[-1][0] == reverse("site:trip", args=[booking.reference])
    assert "Waiting for the host" in told.text
    assert "Withdraw the request" in told.text


def test_a_request_is_withdrawn_on_its_page(client: Client, guest: Any) -> None:
    booking = hold(asking_listing(), booker=guest)
    address = reverse("site:cancel", args=[booking.reference])
    assert "Withdraw your request?" in client.get(address).text
    done = client.post(address, {"expected_refund": "0.00"}, follow=True)
    assert "Your request is withdrawn." in done.text
    booking.refresh_from_db()
    assert booking.state == "cancelled"


def test_an_accepted_request_leads_to_the_payment(client: Client, guest: Any) -> None:
    booking = hold(asking_listing(), booker=guest)
    accept_request(actor=SYSTEM, booking_id=booking.pk, note="Come <in>!")
    page = trip(client, booking)
    assert "The host said yes" in page
    assert "Come &lt;in&gt;!" in page
    assert "Pay to confirm" in page
    assert client.get(reverse("site:book", args=[booking.pk]), follow=True).status_code == 200
    client.post(reverse("site:guests", args=[booking.pk]), {"name_0": "Ada Wong", "note": ""})
    review = client.get(reverse("site:review", args=[booking.pk]))
    assert "Held for you until" in review.text
    assert "Extend once" not in review.text


def test_a_declined_request_says_so_with_the_hosts_words(client: Client, guest: Any) -> None:
    booking = hold(asking_listing(), booker=guest)
    decline_request(actor=SYSTEM, booking_id=booking.pk, note="We paint the walls.")
    page = trip(client, booking)
    assert "The host cannot take you this time" in page
    assert "We paint the walls." in page
    assert "Declined" in page


@pytest.mark.parametrize("is_swept", [False, True])
def test_a_request_that_nobody_answered_says_so(client: Client, guest: Any, is_swept: bool) -> None:
    booking = hold(asking_listing(), booker=guest)
    clock.move(timedelta(hours=13))
    if is_swept:
        expire_due_bookings()
    page = trip(client, booking)
    assert "The host did not answer in time" in page
    assert "Withdraw the request" not in page
    book = client.get(reverse("site:book", args=[booking.pk]))
    assert book.url == reverse("site:trip", args=[booking.reference])
