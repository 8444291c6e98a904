"""The invented places beside a demonstration's city: each shows a way of selling, and can be booked in it."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.distribution.pictures.gallery import PictureStock
from freehold.distribution.services.demo_showcase import FIRMS, LAST_FIRMS, load_showcase
from freehold.distribution.services.demo_words import define_words
from freehold.domain.money import Money
from freehold.domain.occasions import Nights, Slot, UntilCancelled, When
from freehold.domain.party import Party
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Allocation
from freehold.pricing.services.price_cart import price_cart
from freehold.pricing.types import ItemRequest
from freehold.properties.models import Category, Listing, Property, Unit
from tests.factories import UserFactory
from tests.support.promises import broken_promises
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db
STATEMENTS_OF_A_FIRM = 75
THREE_NIGHTS = (40, 43)


@pytest.fixture
def guest() -> Actor:
    return Actor.of(UserFactory())


@pytest.fixture(autouse=True)
def loaded(db: None) -> int:
    """How many statements it took."""
    actor, stock = Actor.system("test"), PictureStock.load()
    define_words(actor=actor, stock=stock)
    people: list[User] = [UserFactory(), UserFactory()]
    with CaptureQueriesContext(connection) as statements:
        load_showcase(actor=actor, stock=stock, admin=people[0], host=people[1], firms=[*FIRMS, *LAST_FIRMS])
    return len(statements)


def nights(first: int = THREE_NIGHTS[0], last: int = THREE_NIGHTS[1]) -> When:
    return Nights(in_days(first), in_days(last))


def slot(hour: int, hours: int = 2) -> When:
    start = datetime.combine(in_days(10), time(hour), tzinfo=ZoneInfo("America/New_York"))
    return Slot(start, start + timedelta(hours=hours))


def wish(slug: str, when: When, adults: int = 2) -> ItemRequest:
    return ItemRequest(Listing.objects.published().get(slug=slug).pk, when, Party(adults))


def book(actor: Actor, *wishes: ItemRequest) -> Booking:
    return hold_booking(actor=actor, items=list(wishes))


def test_it_hardly_lengthens_a_start(loaded: int) -> None:
    """However many places a firm has."""
    assert loaded < STATEMENTS_OF_A_FIRM * len([*FIRMS, *LAST_FIRMS])


def test_the_resort_has_numbered_rooms_of_several_capacities() -> None:
    rooms = Unit.objects.system("test").filter(property__slug="palm-grove-resort", kind=Unit.Kind.LEAF)
    assert rooms.count() == 10
    assert set(rooms.values_list("max_guests", flat=True)) == {2, 3, 4}


def test_rooms_of_three_types_in_one_hold_in_rupees(guest: Actor) -> None:
    booking = book(
        guest,
        wish("palm-grove-garden-room", nights()),
        wish("palm-grove-pool-room", nights(), 3),
        wish("palm-grove-family-room", nights(), 4),
    )
    assert (booking.currency, booking.items.count(), Allocation.objects.count()) == ("INR", 3, 3)
    assert broken_promises() == []


def test_the_suite_the_rooms_in_it_and_the_whole_resort_exclude_each_other(guest: Actor) -> None:
    book(guest, wish("palm-grove-family-suite", nights()))
    for slug in ("palm-grove-family-room", "palm-grove-whole-resort"):
        with pytest.raises(Unavailable):
            book(guest, wish(slug, nights()))
    book(guest, wish("palm-grove-garden-room", nights()))
    book(guest, wish("palm-grove-whole-resort", nights(60, 63), 28))
    with pytest.raises(Unavailable):
        book(guest, wish("palm-grove-garden-room", nights(62, 64)))
    assert broken_promises() == []


def test_desks_are_sold_by_the_seat_and_the_room_around_them_excludes_them(guest: Actor) -> None:
    booking = book(guest, wish("harbour-house-desks", slot(11), 3))
    assert Allocation.objects.filter(claim__in=booking.items.values("claim_id")).count() == 3
    assert booking.total_minor == 3 * 2 * 600
    with pytest.raises(Unavailable):
        book(guest, wish("harbour-house-chart-room", slot(12), 6))
    book(guest, wish("harbour-house-chart-room", slot(13), 6))
    with pytest.raises(Unavailable):
        book(guest, wish("harbour-house-desks", slot(14), 1))


def test_the_court_is_paid_by_the_hour_and_the_hall_as_a_whole(guest: Actor) -> None:
    assert book(guest, wish("harbour-house-tennis", slot(12), 4)).total_minor == 2 * 3_200
    feast = book(guest, wish("harbour-house-sail-hall", nights(), 50))
    assert feast.total_minor == 240_000 + 35_000
    assert feast.due_now_minor == feast.total_minor // 4


def test_the_cabin_is_asked_for_and_the_cottage_takes_a_deposit(guest: Actor) -> None:
    assert book(guest, wish("owls-nest-cabin", nights())).state == "requested"
    stay = book(guest, wish("lantern-cottage", nights()))
    assert stay.state == "held"
    assert 0 < stay.due_now_minor < stay.total_minor / 4
    assert clock.now() < stay.starts_at


@pytest.mark.parametrize(
    ("slug", "adults", "currency"),
    [
        ("jacaranda-court-kilimani", 3, "KES"),
        ("karen-garden-cottage", 2, "KES"),
        ("lakeside-flat-gulshan", 4, "BDT"),
        ("rooftop-room-dhanmondi", 1, "BDT"),
    ],
)
def test_stays_in_nairobi_and_dhaka_cost_whole_amounts_that_wallets_can_pay(
    guest: Actor, slug: str, adults: int, currency: str
) -> None:
    for first in range(40, 47):
        booking = book(guest, wish(slug, nights(7 * first, 7 * first + first % 3 + 2), adults))
        assert (booking.currency, booking.state) == (currency, "held")
        assert booking.total_minor % 100 == 0


def estates() -> list[Property]:
    return list(Property.objects.published().filter(company__slug="padma-estates").order_by("slug"))


def test_estates_are_sold_by_the_slot_and_exclusively_at_one_price(guest: Actor) -> None:
    assert len(estates()) >= 20
    for estate in estates():
        modes = dict(
            Listing.objects.published().filter(property=estate).values_list("mode", "rate_plan__base_price_minor")
        )
        assert modes.keys() == {"slot", "exclusive"}
        assert len(set(modes.values())) == 1
        assert estate.gallery.count() >= 4
    assert Allocation.objects.count() == 0
    roots = Category.objects.filter(parent__isnull=True, children__children__properties__in=estates())
    assert roots.distinct().count() >= 2, "three levels deep"


def test_a_slot_of_an_estate_may_begin_and_end_at_any_minute_and_stops_the_exclusive_booking(guest: Actor) -> None:
    start = datetime.combine(in_days(10), time(23, 17), tzinfo=ZoneInfo("Asia/Dhaka"))
    first = book(guest, wish("wari-merchants-house-slots", Slot(start, start + timedelta(hours=49, minutes=2)), 1))
    assert (first.currency, first.total_minor, first.payment_terms) == ("BDT", 3_600_000, "online")
    with pytest.raises(Unavailable):
        book(guest, wish("wari-merchants-house-exclusive", UntilCancelled(), 1))
    taken = book(guest, wish("savar-farm-house-exclusive", UntilCancelled(), 1))
    assert taken.total_minor == 1_900_000
    with pytest.raises(Unavailable):
        book(guest, wish("savar-farm-house-slots", Slot(start, start + timedelta(minutes=15)), 1))


def test_vintage_rooms_are_booked_by_their_number_in_one_hold(guest: Actor) -> None:
    rooms = Unit.objects.system("test").filter(property__slug="dandeli-vintage-resorts")
    assert rooms.count() >= 8
    assert set(rooms.values_list("max_guests", flat=True)) == {2, 3, 4, 6}
    assert Property.objects.published().get(slug="dandeli-vintage-resorts").gallery.count() >= 4
    stay = book(guest, wish("dandeli-room-a101", nights(), 2), wish("dandeli-room-c302", nights(), 6))
    assert (stay.currency, stay.total_minor) == ("INR", 3 * (750_000 + 1_600_000))
    with pytest.raises(Unavailable):
        book(guest, wish("dandeli-room-a101", nights(), 1))
    book(guest, wish("dandeli-room-a102", nights(), 1))


def test_stays_in_boston_are_confirmed_at_once_where_they_are_paid_on_arrival(guest: Actor) -> None:
    slugs = Listing.objects.published().filter(company__slug="beacon-stays").values_list("slug", flat=True)
    assert len(slugs) >= 3
    assert {book(guest, wish(slug, nights())).state for slug in slugs} == {"confirmed"}


def test_one_house_holds_a_deposit_against_damage(guest: Actor) -> None:
    cart = price_cart(actor=guest, items=[wish("ferry-house-marblehead", nights())])
    assert cart.damage_deposit is not None
    assert cart.damage_deposit.amount == Money(50_000, "USD")


STAYS = [
    "dandeli-room-a101",
    "acorn-street-rooms",
    "palm-grove-garden-room",
    "palm-grove-whole-resort",
    "owls-nest-cabin",
    "jacaranda-court-kilimani",
]


@pytest.mark.parametrize("slug", STAYS)
def test_its_stays_have_a_page_with_a_price(client: Client, slug: str) -> None:
    dates = {"check_in": in_days(40).isoformat(), "check_out": in_days(43).isoformat(), "adults": "2"}
    response = client.get(reverse("site:place", args=[slug]), dates)
    assert response.status_code == 200
    assert response.context["price"] is not None
