"""Several rooms in one booking, from the guests' step to the trip; and the page of a place that sells them."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from freehold.bookings.models import Booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.set_guests import set_guests
from freehold.bookings.types import GuestName
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from freehold.pricing.types import ItemRequest
from freehold.properties.models import Listing
from tests.factories import UserFactory, unit_type_listing
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db


def two_rooms(*parties: Party) -> tuple[Booking, Listing]:
    listing = unit_type_listing(units=2, title="Garden room")
    nights = Nights(in_days(30), in_days(32))
    wanted = [ItemRequest(listing.pk, nights, party) for party in parties or (Party(2), Party(1, (6,)))]
    return hold_booking(actor=Actor.of(UserFactory()), items=wanted), listing


def test_guests_are_asked_for_room_by_room(client: Client) -> None:
    booking, _listing = two_rooms()
    client.force_login(booking.booker)
    page = client.get(reverse("site:guests", args=[booking.pk])).content.decode()
    assert page.count("<fieldset") == 2
    assert "Room 2: Garden room" in page
    assert "Child, age 6" in page
    given = {"name_0": "Ada Wong", "name_1": "", "name_1_0": "Ben Wong", "name_1_1": "Cy Wong", "note": ""}
    client.post(reverse("site:guests", args=[booking.pk]), given)
    named = booking.guests.order_by("position").values_list("item__position", "name", "age")
    assert list(named) == [(0, "Ada Wong", None), (1, "Ben Wong", None), (1, "Cy Wong", 6)]
    review = client.get(reverse("site:review", args=[booking.pk])).content.decode()
    assert review.index("Ben Wong") > review.index("Room 2: Garden room")


def test_a_child_keeps_its_line_when_an_adult_was_not_named(client: Client) -> None:
    booking, _listing = two_rooms(Party(2, (6,)), Party(1))
    set_guests(actor=Actor.of(booking.booker), booking_id=booking.pk, guests=[GuestName("Ada"), GuestName("Cy", 6)])
    client.force_login(booking.booker)
    form = client.get(reverse("site:guests", args=[booking.pk])).context["form"]
    assert [field.value() for field in form.groups[0][1]] == ["Ada", "", "Cy"]


def test_the_pages_of_a_trip_show_each_room_with_its_price(client: Client, django_assert_max_num_queries: Any) -> None:
    booking, listing = two_rooms()
    client.force_login(booking.booker)
    with django_assert_max_num_queries(16):
        page = client.get(reverse("site:trip", args=[booking.reference])).content.decode()
    assert listing.property.title in page
    assert page.count('class="line-room"') == 2
    assert "3 adults, 1 child" in page
    assert "Your rooms" in page


@pytest.mark.parametrize(
    ("guests", "attr"),
    [
        ([GuestName("Ada"), GuestName("Cy", 6)], "guests.1.age"),
        ([GuestName("Ben", item=1), GuestName("Cy", item=1)], "guests.1.age"),
        ([GuestName("Ben", item=1), GuestName("Cy", 7, item=1)], "guests.1.age"),
        ([GuestName("Ben", item=2)], "guests.0.item"),
    ],
)
def test_names_must_fit_the_party_of_their_room(guests: list[GuestName], attr: str) -> None:
    booking, _listing = two_rooms()
    with pytest.raises(BadInput) as refusal:
        set_guests(actor=Actor.of(booking.booker), booking_id=booking.pk, guests=guests)
    assert refusal.value.errors[0].attr == attr
    assert not booking.guests.exists()
