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
from tests.factories import (
    ListingFactory,
    PropertyFactory,
    UnitFactory,
    UnitTypeFactory,
    UserFactory,
    unit_type_listing,
)
from tests.support.booked import hold
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


# --- the page of a place that sells them ------------------------------------------------------------------------


class Resort:
    """Two doubles of a type, and a suite made of them."""

    def __init__(self) -> None:
        self.place = PropertyFactory(title="Palm Grove")
        kind = UnitTypeFactory(property=self.place, name="Double", max_guests=2)
        self.rooms = [UnitFactory(property=self.place, unit_type=kind, max_guests=2) for _ in range(2)]
        suite = UnitFactory(property=self.place, name="Suite", parts=self.rooms, max_guests=5)
        shared = {"company": self.place.company, "property": self.place}
        self.doubles = ListingFactory(**shared, slug="double", title="Double", unit=None, unit_type=kind, max_guests=2)
        self.suite = ListingFactory(**shared, slug="suite", title="Suite", unit=suite, max_guests=5)

    def wish(self, **more: str) -> dict[str, str]:
        dates = {"check_in": in_days(30).isoformat(), "check_out": in_days(32).isoformat()}
        return {**dates, "adults": "3", **more}

    def see(self, client: Client, **more: str) -> Any:
        return client.get(reverse("site:resort", args=[self.place.slug]), self.wish(**more))

    def hold(self, client: Client, **more: str) -> Any:
        return client.post(reverse("site:hold_rooms", args=[self.place.slug]), self.wish(**more))


@pytest.fixture
def resort() -> Resort:
    return Resort()


def test_without_dates_rooms_show_a_nightly_price_and_nothing_to_choose(client: Client, resort: Resort) -> None:
    page = client.get(reverse("site:resort", args=[resort.place.slug]))
    assert page.status_code == 200
    assert b'name="n-double"' not in page.content


def test_with_dates_each_room_has_its_price_and_how_many_may_be_taken(client: Client, resort: Resort) -> None:
    rows = resort.see(client).context["rows"]
    assert [(row.title, row.most, row.priced_for) for row in rows] == [
        ("Double", 2, "2 adults"),
        ("Suite", 1, "3 adults"),
    ]
    assert b'name="n-double"' in resort.see(client).content
    family = resort.see(client, adults="2", children="1", age="5")
    assert "for 2 adults, 1 child, all in" in family.text
    assert [row.priced_for for row in family.context["rows"]] == ["2 adults", "2 adults, 1 child"]


def test_the_running_total_is_that_of_all_chosen_rooms(client: Client, resort: Resort) -> None:
    context = client.get(
        reverse("site:rooms", args=[resort.place.slug]), resort.wish(**{"n-double": "2"}), headers={"HX-Request": "1"}
    ).context
    assert context["price"].total.minor == 2 * 2 * 10_000
    assert [room["guests"] for room in context["sleeping"]] == ["2 adults", "1 adult"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"n-double": "1"}, "These rooms take 2 guests, and you are 3."),
        ({"n-double": "2", "n-suite": "1"}, "not so many are left beside the rest"),
        ({"n-double": "2", "adults": "1"}, "Each room needs at least one adult."),
        ({"n-double": "99"}, "At most 20 rooms in one booking."),
        ({"n-double": "1", "children": "1"}, "Choose the age of each child"),
        ({"check_out": "2020-01-01"}, "The departure comes after the arrival."),
    ],
)
def test_what_does_not_go_together_says_why(client: Client, resort: Resort, more: dict[str, str], says: str) -> None:
    response = resort.see(client, **more)
    assert response.status_code == 200
    assert says in response.content.decode()
    assert response.context["price"] is None


@pytest.mark.parametrize("text", ["-1", "two", "1e9", "٣", ""])
def test_a_count_that_is_no_number_is_none(client: Client, resort: Resort, text: str) -> None:
    response = resort.see(client, **{"n-double": text})
    assert (response.status_code, response.context["count"]) == (200, 0)


def test_two_rooms_are_held_in_one_booking(client: Client, resort: Resort) -> None:
    client.force_login(UserFactory())
    response = resort.hold(client, **{"n-double": "2", "children": "1", "age": "5", "expected": "40000"})
    booking = Booking.objects.system("test").get()
    assert response.url == reverse("site:book", args=[booking.pk])
    assert [item.party for item in booking.items.all()] == [
        {"adults": 2, "children": []},
        {"adults": 1, "children": [5]},
    ]
    page = client.get(reverse("site:trip", args=[booking.reference])).content.decode()
    assert f'href="{reverse("site:resort", args=[resort.place.slug])}"' in page


def test_who_is_not_signed_in_comes_back_to_the_same_choice(client: Client, resort: Resort) -> None:
    response = resort.hold(client, **{"n-double": "2", "expected": "40000"})
    assert response.status_code == 302
    assert "n-double%3D2" in response.url


def test_nothing_chosen_holds_nothing(client: Client, resort: Resort) -> None:
    client.force_login(UserFactory())
    assert resort.hold(client).status_code == 422
    assert not Booking.objects.system("test").exists()


def test_a_price_that_was_not_seen_is_shown_first(client: Client, resort: Resort) -> None:
    client.force_login(UserFactory())
    response = resort.hold(client, **{"n-double": "2", "expected": "1"})
    assert "n-double=2" in response.url
    assert not Booking.objects.system("test").exists()


def test_who_was_too_late_hears_which_room_is_gone_and_when_it_is_free(
    client: Client, resort: Resort, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(UserFactory())

    def somebody_was_faster(**order: Any) -> Booking:
        hold(resort.suite, nights=2)
        monkeypatch.undo()
        return hold_booking(**order)

    monkeypatch.setattr("freehold.web.site.views.resort.hold_booking", somebody_was_faster)
    response = resort.hold(client, **{"n-double": "2", "expected": "40000"})
    assert response.status_code == 409
    assert "not so many are left" in response.content.decode()


def test_many_kinds_of_rooms_cost_no_more_queries(
    client: Client, resort: Resort, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        unit_type_listing(company=resort.place.company, property=resort.place)
    with django_assert_max_num_queries(20):
        resort.see(client, **{"n-double": "2"})


def test_a_place_without_rooms_is_not_there(client: Client) -> None:
    assert client.get(reverse("site:resort", args=["nowhere"])).status_code == 404


def test_the_page_of_one_room_leads_to_all_of_its_place(client: Client, resort: Resort) -> None:
    page = client.get(reverse("site:place", args=["double"]), resort.wish()).content.decode()
    assert f"{reverse('site:resort', args=[resort.place.slug])}?check_in={in_days(30)}" in page
    alone = client.get(reverse("site:place", args=[ListingFactory().slug])).content.decode()
    assert "/resorts/" not in alone


def test_a_suite_and_a_room_beside_it_are_held_whichever_room_that_is(client: Client, resort: Resort) -> None:
    UnitFactory.create_batch(1, property=resort.place, unit_type=resort.doubles.unit_type, max_guests=2)
    client.force_login(UserFactory())
    response = resort.hold(client, **{"n-double": "1", "n-suite": "1", "expected": "40000"})
    booking = Booking.objects.system("test").get()
    assert response.url == reverse("site:book", args=[booking.pk])
    assert [item.listing_id for item in booking.items.all()] == [resort.suite.pk, resort.doubles.pk]
