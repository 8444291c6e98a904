"""What the pages say about money: paid, due now, due later, and what cancelling gives back."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.companies.models import Role
from freehold.properties.models import Listing
from tests.factories import ListingFactory, MembershipFactory, UserFactory
from tests.support.booked import hold, money_comes, open_attempt
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest(client: Client) -> User:
    user: User = UserFactory()
    client.force_login(user)
    return user


def listing_on(terms: str, **options: Any) -> Listing:
    listing: Listing = ListingFactory(payment_terms=terms, rate_plan__deposit_basis_points=2_000, **options)
    return listing


def price_box(client: Client, listing: Listing) -> str:
    wish = {"check_in": in_days(30).isoformat(), "check_out": in_days(33).isoformat(), "adults": 2}
    return client.get(reverse("site:price", args=[listing.slug]), wish).text


def test_the_price_box_says_what_a_deposit_leaves_to_pay_and_by_when(client: Client) -> None:
    text = price_box(client, listing_on("deposit"))
    assert "Due now" in text
    assert "$60.00" in text
    assert "Due by" in text
    assert "$240.00" in text
    assert "$60.00</span> back" in text
    assert "$300.00</span> back" not in text


def test_the_price_box_of_a_place_that_is_paid_there_books_at_once(client: Client) -> None:
    text = price_box(client, listing_on("at_property"))
    assert "To pay at the property" in text
    assert "Book it" in text
    assert "cancelling before costs nothing" in text
    assert "Due now" not in text
    assert "Hold it" not in text


def test_a_price_that_is_paid_at_once_needs_no_word_about_when(client: Client) -> None:
    text = price_box(client, listing_on("online"))
    assert "Due" not in text
    assert "Hold it for 15 minutes" in text


def paid(booking: Booking) -> Booking:
    money_comes(open_attempt(booking))
    return booking


def test_a_trip_with_a_deposit_shows_paid_and_the_rest_and_nothing_due_now(client: Client, guest: User) -> None:
    listing = listing_on("deposit")
    held = hold(listing, booker=guest)
    client.post(reverse("site:guests", args=[held.pk]), {"name_0": "Ada Wong", "note": ""})
    checkout = client.get(reverse("site:review", args=[held.pk])).text
    assert "Due now" in checkout
    assert "Due by" in checkout
    paid(held)
    for page in ("trip", "confirmed"):
        text = client.get(reverse(f"site:{page}", args=[held.reference])).text
        assert "Due now" not in text
        assert "$240.00" in text
        assert "$60.00" in text
    assert "is still to be paid by" in text


def test_a_trip_that_is_paid_there_shows_no_zero(client: Client, guest: User) -> None:
    booking = hold(listing_on("at_property"), booker=guest)
    text = client.get(reverse("site:trip", args=[booking.reference])).text
    assert "To pay at the property" in text
    assert "$0.00" not in text
    done = client.get(reverse("site:confirmed", args=[booking.reference])).text
    assert "at the property." in done


def test_the_desk_sees_what_is_paid_and_what_is_still_owed(client: Client) -> None:
    listing = listing_on("deposit")
    client.force_login(MembershipFactory(company=listing.company, role=Role.HOST).user)
    booking = paid(hold(listing))
    text = client.get(reverse("console:booking", args=[booking.reference])).text
    assert "Due now" not in text
    assert "Due by" in text
    assert "$240.00" in text


def test_the_desk_sees_that_nothing_is_owed_any_more(client: Client) -> None:
    listing = listing_on("online")
    client.force_login(MembershipFactory(company=listing.company, role=Role.HOST).user)
    text = client.get(reverse("console:booking", args=[paid(hold(listing)).reference])).text
    assert "Still owed" in text
    assert "$0.00" in text
