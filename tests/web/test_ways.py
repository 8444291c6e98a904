"""Slots and whole places on the pages of a guest: the same checkout, in words of their own."""

import pytest
from django.test import Client

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.messaging.calendar import booking_calendar
from freehold.messaging.facts import booking_facts
from freehold.pricing.types import ItemRequest
from tests.factories import UserFactory
from tests.support.slots import a_slot, exclusive_listing, from_now_on, seats_listing, slot_listing

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
