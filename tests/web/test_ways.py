"""Slots and whole places on the pages of a guest: the same checkout, in words of their own."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.messaging.calendar import booking_calendar
from freehold.messaging.facts import booking_facts
from freehold.pricing.types import ItemRequest
from freehold.properties.models import Listing
from tests.factories import ListingFactory, UserFactory
from tests.support.slots import a_slot, exclusive_listing, from_now_on, instant_at, seats_listing, slot_listing
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest() -> User:
    return UserFactory()


@pytest.fixture
def signed_in(client: Client, guest: User) -> Client:
    client.force_login(guest)
    return client


def booked(guest: User, item: ItemRequest) -> Booking:
    return hold_booking(actor=Actor.of(guest), items=[item])


@pytest.mark.parametrize(
    ("kind", "words"),
    [("slot", ["2:00", "3:30", "1 hour 30 minutes"]), ("until_cancelled", ["until cancelled", "As long as you like"])],
)
def test_the_checkout_and_the_trip_tell_times_in_their_own_words(
    signed_in: Client, guest: User, kind: str, words: list[str]
) -> None:
    terms = {"payment_terms": "at_property"}
    held, confirmed = (
        booked(guest, a_slot(slot_listing(**more), "14:00", minutes=90))
        if kind == "slot"
        else booked(guest, from_now_on(exclusive_listing(**more)))
        for more in ({}, terms)
    )
    pages = [
        f"/book/{held.pk}/guests/",
        f"/trips/{confirmed.reference}/",
        f"/trips/{confirmed.reference}/confirmed/",
        "/trips/",
    ]
    shown = {page: signed_in.get(page) for page in pages}
    assert {page: answer.status_code for page, answer in shown.items()} == dict.fromkeys(pages, 200)
    trip = shown[f"/trips/{confirmed.reference}/"].content.decode().replace("\u202f", " ")
    assert all(word in trip or word == "until cancelled" for word in words)
    assert words[0] in shown["/trips/"].content.decode().replace("\u202f", " ")


@pytest.mark.parametrize("kind", ["slot", "seats", "until_cancelled"])
def test_mails_and_calendar_files_know_every_kind(guest: User, kind: str) -> None:
    booking = {
        "slot": lambda: booked(guest, a_slot(slot_listing())),
        "seats": lambda: booked(guest, a_slot(seats_listing(), adults=2)),
        "until_cancelled": lambda: booked(guest, from_now_on(exclusive_listing())),
    }[kind]()
    (told,) = booking_facts(booking)["stays"]
    has_end = kind != "until_cancelled"
    assert (told["departure"] == "until cancelled") != has_end
    file = booking_calendar(booking, url="https://example.com/", stamp=clock.now())
    assert (b"DTEND" in file) == has_end
    assert b"9999" not in file


def chosen(listing: Listing, start: str = "10:00", minutes: int = 60, **changes: Any) -> dict[str, Any]:
    begin = instant_at(listing, start)
    return {"day": in_days(30).isoformat(), "minutes": minutes, "start": begin.isoformat(), "adults": 1, **changes}


def hold_page(client: Client, listing: Listing, wish: dict[str, Any]) -> Any:
    """Through the page, as a browser does: see the price, then send the form."""
    price = client.get(reverse("site:price", args=[listing.slug]), wish).context["price"]
    return client.post(
        reverse("site:hold"), {**wish, "place": listing.slug, "expected": price.total.minor if price else ""}
    )


def test_a_slot_page_shows_the_days_times_and_the_price_of_the_chosen_one(
    client: Client, guest: User, django_assert_max_num_queries: Any
) -> None:
    room = slot_listing()
    booked(guest, a_slot(room, "12:00"))
    address = reverse("site:place", args=[room.slug])
    with django_assert_max_num_queries(19):
        page = client.get(address, chosen(room, minutes=90))
    assert page.status_code == 200
    assert page.context["price"].total.minor == 15_000
    open_times = {slot.label.replace("\u202f", " "): slot.is_open for slot in page.context["slots"]}
    assert (open_times["10:00 AM"], open_times["11:30 AM"], open_times["1:00 PM"]) == (True, False, True)
    text = page.content.decode()
    assert "Held for somebody else" in text
    assert "an hour" in text
    first_visit = client.get(address)
    assert (first_visit.status_code, first_visit.context["price"], first_visit.context["problem"]) == (200, None, None)


def test_a_slot_is_held_from_its_page(signed_in: Client) -> None:
    room = slot_listing()
    answer = hold_page(signed_in, room, chosen(room))
    booking = Booking.objects.system("test").get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("site:book", args=[booking.pk]))
    assert booking.items.get().occasion == "slot"


def test_who_holds_a_slot_already_is_led_back_to_it(signed_in: Client) -> None:
    room = slot_listing()
    first = hold_page(signed_in, room, chosen(room))
    again = signed_in.post(reverse("site:hold"), {**chosen(room), "place": room.slug, "expected": "10000"})
    assert again["Location"] == first["Location"]


def test_who_is_not_signed_in_keeps_the_chosen_time(client: Client) -> None:
    room = slot_listing()
    wish = chosen(room)
    answer = hold_page(client, room, wish)
    assert answer.status_code == 302
    assert "minutes%3D60" in answer["Location"]
    assert "start%3D" in answer["Location"]


def test_a_slot_that_went_meanwhile_offers_the_nearest_ones(signed_in: Client) -> None:
    room = slot_listing()
    booked(UserFactory(), a_slot(room, "10:00"))
    wish = {**chosen(room), "place": room.slug, "expected": "10000"}
    page = signed_in.post(reverse("site:hold"), wish)
    assert page.status_code == 409
    offers = [offer["words"].replace("\u202f", " ") for offer in page.context["problem"].offers]
    assert len(offers) == 3
    assert "9:00 AM" in offers[0]
    assert "11:00 AM" in offers[1]
    followed = signed_in.get(page.context["problem"].offers[1]["url"])
    assert followed.context["price"].total.minor == 10_000


@pytest.mark.parametrize(
    "wish",
    [
        {"start": "soon"},
        {"start": "2030-01-01T10:00:00"},
        {"start": "9999-12-31T23:59:00+00:00"},
        {"minutes": "45"},
        {"minutes": "x"},
        {"day": "9999-12-31"},
        {"day": "1999-12-31"},
        {"day": "x"},
        {"adults": "0"},
        {"adults": "99"},
        {"start": ""},
        {"children": "2"},
    ],
)
def test_nonsense_in_the_address_of_a_slot_page_is_no_error(signed_in: Client, wish: dict[str, Any]) -> None:
    room = slot_listing()
    asked = {**chosen(room), **wish}
    assert signed_in.get(reverse("site:place", args=[room.slug]), asked).status_code == 200
    assert signed_in.get(reverse("site:price", args=[room.slug]), asked).status_code == 200
    sent = {**asked, "place": room.slug, "expected": "1"}
    assert signed_in.post(reverse("site:hold"), sent).status_code in {302, 409, 422}
    assert not Booking.objects.system("test").exists()


def test_seats_are_counted_on_the_page(client: Client, guest: User) -> None:
    table = seats_listing(seats=4)
    booked(guest, a_slot(table, "10:00", adults=3))
    page = client.get(reverse("site:place", args=[table.slug]), chosen(table))
    notes = {slot.label.replace("\u202f", " "): slot.note for slot in page.context["slots"]}
    assert (notes["10:00 AM"], notes["11:00 AM"]) == ("1 left", "4 left")


def test_a_whole_place_is_held_between_dates_or_until_cancelled(signed_in: Client) -> None:
    hall = exclusive_listing()
    between = {"check_in": in_days(30).isoformat(), "check_out": in_days(33).isoformat(), "adults": 2}
    assert hold_page(signed_in, hall, between).status_code == 302
    refused = signed_in.get(reverse("site:price", args=[hall.slug]), {"term": "open", "adults": 2})
    assert refused.context["price"] is None
    assert "You hold some of this time until" in refused.content.decode()
    signed_in.force_login(UserFactory())
    refused = signed_in.get(reverse("site:price", args=[hall.slug]), {"term": "open", "adults": 2})
    assert "Something is booked from now on" in refused.content.decode()
    other = exclusive_listing()
    assert hold_page(signed_in, other, {"term": "open", "adults": 2}).status_code == 302
    booking = Booking.objects.system("test").latest("created_at")
    assert booking.items.get().occasion == "until_cancelled"
    trip = signed_in.get(f"/book/{booking.pk}/guests/")
    assert "You cancel" in trip.content.decode()


def test_a_stay_knows_no_open_end(client: Client) -> None:
    answer = client.get(reverse("site:price", args=[ListingFactory().slug]), {"term": "open", "adults": 2})
    assert (answer.status_code, answer.context["price"]) == (200, None)
    assert "until I cancel" not in answer.content.decode()


def test_who_holds_a_slot_sees_it_as_their_own_on_the_page(signed_in: Client, guest: User) -> None:
    room = slot_listing()
    mine = booked(guest, a_slot(room, "10:00", minutes=90))
    page = signed_in.get(reverse("site:place", args=[room.slug]), chosen(room, "10:00", minutes=90))
    assert page.context["own_hold"] == mine
    assert "You hold this time until" in page.text
    assert reverse("site:book", args=[mine.pk]) in page.text
    assert "Held for somebody else" not in page.text
    partly = signed_in.get(reverse("site:price", args=[room.slug]), chosen(room, "11:00"))
    assert "You hold some of this time until" in partly.text


def test_who_asked_the_host_for_a_slot_is_told_so(signed_in: Client, guest: User) -> None:
    room = slot_listing(acceptance="request")
    booked(guest, a_slot(room, "10:00"))
    assert (
        "You asked the host for this time" in signed_in.get(reverse("site:price", args=[room.slug]), chosen(room)).text
    )


@pytest.mark.parametrize("kind", ["slot", "hall"])
def test_a_hold_without_a_script_shows_the_price_first_and_then_holds(signed_in: Client, kind: str) -> None:
    listing = slot_listing() if kind == "slot" else exclusive_listing()
    wish = chosen(listing) if kind == "slot" else {"term": "open", "adults": 2}
    unseen = signed_in.post(reverse("site:hold"), {**wish, "place": listing.slug}, follow=True)
    assert "Here is the whole price" in unseen.text
    assert "price has changed" not in unseen.text
    assert not Booking.objects.system("test").exists()
    price = unseen.context["price"].total.minor
    held = signed_in.post(reverse("site:hold"), {**wish, "place": listing.slug, "expected": price})
    assert held["Location"] == reverse("site:book", args=[Booking.objects.system("test").get().pk])


def test_a_page_without_a_script_has_a_button_that_shows_the_price(client: Client) -> None:
    for listing in (slot_listing(), exclusive_listing(), ListingFactory()):
        page = client.get(reverse("site:place", args=[listing.slug])).text
        start = page.index("<noscript>", page.index('id="price-box"'))
        button = page[start : page.index("</noscript>", start)]
        assert 'formmethod="get"' in button
        assert f'formaction="{reverse("site:place", args=[listing.slug])}#book"' in button
