"""The pages on which a trip is changed."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from freehold.bookings.models import Booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core.actor import Actor
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import confirmed, hold, money_comes, open_attempt
from tests.support.stays import in_days, stay

pytestmark = pytest.mark.django_db

MOST_QUERIES = 25


@pytest.fixture
def booking(client: Client) -> Booking:
    """Three nights at 100.00, confirmed; the client is its guest."""
    made, _ = confirmed(ListingFactory(rate_plan__base_price_minor=10_000, max_guests=4))
    client.force_login(made.booker)
    return made


def wish(*, nights: int, arrive_in: int = 30, adults: int = 2, **others: Any) -> dict[str, Any]:
    dates = {"check_in": str(in_days(arrive_in)), "check_out": str(in_days(arrive_in + nights))}
    return {**dates, "adults": adults, "children": 0, **others}


def address(booking: Booking, name: str = "change") -> str:
    return reverse(f"site:{name}", args=[booking.reference])


def test_the_trip_leads_to_its_change_and_the_form_knows_what_is_booked(
    client: Client, booking: Booking, django_assert_max_num_queries: Any
) -> None:
    assert address(booking) in client.get(address(booking, "trip")).text
    with django_assert_max_num_queries(MOST_QUERIES):
        page = client.get(address(booking))
    assert f'value="{in_days(30)}"' in page.text
    assert "You pay now" not in page.text


def test_the_difference_is_shown_while_choosing(client: Client, booking: Booking) -> None:
    part = client.get(address(booking), wish(nights=5), headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "You pay now" in part.text
    assert part.context["outcome"].due.minor == 20_000
    less = client.get(address(booking), wish(nights=2))
    assert less.context["outcome"].refund.minor == 10_000
    assert "You get back" in less.text


def test_what_cannot_be_says_why(client: Client, booking: Booking) -> None:
    hold(booking.items.get().listing, arrive_in=33)
    assert "Held for somebody else" in client.get(address(booking), wish(nights=5)).text
    assert "There is room for 4 guests" in client.get(address(booking), wish(nights=3, adults=9)).text
    assert "departure comes after" in client.get(address(booking), wish(nights=-1)).text
    assert client.get(address(booking), {"check_in": "x", "check_out": ""}).status_code == 200


def test_a_shorter_trip_is_changed_at_once_and_tells_its_story(client: Client, booking: Booking) -> None:
    answer = client.post(address(booking), wish(nights=2, expected=-10_000), follow=True)
    assert "You get $100.00 back" in answer.text
    assert "The trip was changed. Was:" in answer.text
    booking.refresh_from_db()
    assert booking.total_minor == 20_000


def test_who_looks_at_the_new_price_first_has_done_nothing_wrong(client: Client, booking: Booking) -> None:
    """Without a script, or faster than it: the page was sent with the price of what is booked."""
    answer = client.post(address(booking), wish(nights=2, expected=0, look=1))
    assert answer.status_code == 200
    assert "The price has changed" not in answer.text
    assert "You get back" in answer.text
    assert client.post(address(booking), wish(nights=-1, expected=0, look=1)).status_code == 422
    booking.refresh_from_db()
    assert booking.total_minor == 30_000


def test_another_difference_than_was_shown_is_shown_first(client: Client, booking: Booking) -> None:
    answer = client.post(address(booking), wish(nights=2, expected=-20_000))
    assert answer.status_code == 422
    assert "The price has changed" in answer.text
    booking.refresh_from_db()
    assert booking.total_minor == 30_000


def test_a_longer_trip_is_paid_first_or_dropped(client: Client, booking: Booking) -> None:
    answer = client.post(address(booking), wish(nights=5, expected=20_000))
    assert answer["Location"] == address(booking, "change_pay")
    page = client.get(address(booking, "change_pay"))
    assert "Pay $200.00" in page.text.replace('<span class="money">', "").replace("</span>", "")
    assert "waits for its payment" in client.get(address(booking, "trip")).text
    client.post(address(booking, "change_pay"), {"withdraw": "1"})
    assert booking.changes.get().state == "withdrawn"
    assert client.get(address(booking, "change_pay"))["Location"] == address(booking, "trip")


def test_of_two_places_one_is_given_up(client: Client) -> None:
    first = ListingFactory(rate_plan__base_price_minor=10_000, title="Blue room")
    second = ListingFactory(company=first.company, rate_plan__base_price_minor=20_000, title="Red room")
    guest = UserFactory()
    booking = hold_booking(actor=Actor.of(guest), items=[stay(first), stay(second)])
    money_comes(open_attempt(booking))
    client.force_login(guest)
    red = booking.items.all()[1]
    assert "Give this one up" in client.get(address(booking), {"item": red.pk}).text
    shown = client.get(address(booking), {"item": red.pk, "give_up": 1})
    assert shown.context["outcome"].refund.minor == 60_000
    answer = client.post(address(booking), {"item": red.pk, "give_up": 1, "expected": -60_000}, follow=True)
    assert "Given up: Red room" in answer.text
    booking.refresh_from_db()
    assert booking.total_minor == 30_000


def test_somebody_elses_trip_is_not_there(client: Client, booking: Booking) -> None:
    client.force_login(UserFactory())
    assert client.get(address(booking)).status_code == 404
    assert client.post(address(booking), wish(nights=2, expected=-10_000)).status_code == 404
