"""Pages use the words of what is sold, and prices as they are."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from freehold.bookings.services.hold_booking import hold_booking
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.messaging.facts import booking_facts
from freehold.pricing.types import ItemRequest
from freehold.properties.models import Listing
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import hold
from tests.support.slots import a_slot, exclusive_listing, from_now_on, instant_at, slot_listing
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db


def page(client: Client, listing: Listing, **wish: Any) -> str:
    """What it says below the header, where stays are searched for."""
    text = client.get(reverse("site:place", args=[listing.slug]), wish).text.replace("\u202f", " ")
    return text[text.index("<h1>") :]


def said(text: str, *words: str) -> list[str]:
    return [word for word in words if word in text]


def test_a_hall_has_a_first_and_a_last_day_instead_of_a_check_in(client: Client) -> None:
    text = page(client, exclusive_listing())
    assert "The price is for the whole time" in text
    assert "or from now until you cancel" in text
    assert said(text, "Check-in", "Check-out", "Prices are for one night", "before arrival") == []


def test_a_room_by_the_hour_speaks_of_times(client: Client) -> None:
    room = slot_listing(rate_plan__base_price_minor=3_200)
    text = page(client, room, day=in_days(30), minutes=60, start=instant_at(room, "10:00").isoformat(), adults=1)
    assert "1 hour × 32.00 USD" in text
    assert "When it is open" in text
    assert said(text, "Check-in", "a night", "nights", "Choose dates", "arrival") == []
    assert "Choose a time" in page(client, room)


@pytest.mark.parametrize(
    ("make", "labels"),
    [
        (lambda: hold(ListingFactory()), ("Arrival", "Departure")),
        (lambda: booked(a_slot(slot_listing())), ("From", "Until")),
        (lambda: booked(from_now_on(exclusive_listing())), ("From", "For how long")),
    ],
)
def test_a_mail_names_the_ends_of_what_was_booked(make: Any, labels: tuple[str, str]) -> None:
    (told,) = booking_facts(make())["stays"]
    assert (told["begins"], told["ends"]) == labels


def booked(item: ItemRequest) -> Any:
    return hold_booking(actor=Actor.of(UserFactory()), items=[item])


def test_prices_are_from_the_lowest_with_their_cents(client: Client) -> None:
    listing = ListingFactory(
        rate_plan__base_price_minor=18_450,
        rate_plan__weekday_prices=[17_925, None, None, None, 20_000, 20_000, None],
        property__rating=4.8,
        property__review_count=50,
    )
    text = page(client, listing)
    assert "<b>$179.25</b> a night" in text
    home = client.get("/").text
    assert "<b>$179.25</b> a night" in home
    assert "$180</b>" not in text + home
    whole = page(client, ListingFactory(rate_plan__base_price_minor=18_000))
    assert "<b>$180</b> a night" in whole


def test_a_region_that_is_called_like_its_city_is_said_once(client: Client) -> None:
    words = {"city": "Goa", "region": "Goa", "neighbourhood": "Candolim", "street": "1 Beach Road"}
    listing = ListingFactory(payment_terms="at_property", **{f"property__{name}": word for name, word in words.items()})
    assert "Candolim, Goa. The street comes with the confirmation." in page(client, listing)
    booking = hold(listing)
    client.force_login(booking.booker)
    assert "1 Beach Road, Candolim, Goa<" in client.get(reverse("site:trip", args=[booking.reference])).text
    assert booking_facts(booking)["stays"][0]["address"] == "1 Beach Road, Goa"


def test_a_trip_tells_what_happened_by_the_clock_that_was_moved(client: Client) -> None:
    clock.move(timedelta(days=40))
    booking = hold(ListingFactory(payment_terms="at_property"), arrive_in=80)
    assert abs(booking.created_at - clock.now()) < timedelta(minutes=1)
    client.force_login(booking.booker)
    story = client.get(reverse("site:trip", args=[booking.reference])).context["booking"].story
    assert [event.at for event in story] == sorted(event.at for event in story)
    assert story[-1].at - story[0].at < timedelta(minutes=1)
