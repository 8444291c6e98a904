"""What is not sold by the night: slots by the hour or by the slot, seats, and whole places at one price."""

from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.domain.occasions import Slot
from freehold.domain.party import Party
from freehold.domain.periods import FOREVER
from freehold.pricing.models import PriceOverride
from freehold.pricing.services.create_quote import create_quote
from freehold.pricing.services.price_cart import price_cart
from freehold.pricing.services.redeem_quote import redeem_quote
from freehold.pricing.types import ItemRequest, PricedCart
from freehold.properties.models import Listing
from tests.factories import ListingFactory, TaxFactory
from tests.support.slots import a_slot, exclusive_listing, from_now_on, seats_listing, slot_listing
from tests.support.stays import in_days, stay

pytestmark = pytest.mark.django_db

NOBODY = Actor.anonymous()


def price(*items: ItemRequest) -> PricedCart:
    return price_cart(actor=NOBODY, items=list(items))


def refused(*items: ItemRequest) -> list[tuple[str, str | None]]:
    with pytest.raises(BadInput) as refusal:
        price(*items)
    return [(item.code, item.attr) for item in refusal.value.errors]


def test_a_slot_by_the_hour_costs_its_minutes_at_the_days_price() -> None:
    room = slot_listing(rate_plan__cleaning_fee_minor=500)
    assert price(a_slot(room, minutes=90)).total.minor == 15_000 + 500
    PriceOverride.objects.create(
        rate_plan=room.rate_plan, nights=DateRange(in_days(30), in_days(31)), price_minor=4_000
    )
    assert price(a_slot(room, minutes=90)).total.minor == 6_000 + 500
    assert price(a_slot(room, minutes=90, ahead=31)).total.minor == 15_000 + 500


def test_seats_cost_each_and_take_a_unit_each() -> None:
    (item,) = price(a_slot(seats_listing(), minutes=120, adults=3)).items
    assert (item.total.minor, item.quantity, item.occasion) == (30_000, 3, "slot")


def test_a_whole_place_costs_the_same_for_a_week_as_until_cancelled() -> None:
    hall = exclusive_listing()
    TaxFactory(company=hall.company)
    between, on = price(stay(hall, nights=7)), price(from_now_on(hall))
    assert between.total == on.total
    (item,) = on.items
    assert (item.occasion, item.check_out, item.ends_at) == ("until_cancelled", None, FOREVER)
    assert item.starts_at <= clock.now()
    assert (between.items[0].check_in, between.items[0].check_out) == (in_days(30), in_days(37))


@pytest.mark.parametrize("kind", ["slot", "seats", "flat", "until_cancelled"])
def test_every_kind_of_cart_survives_json_and_a_quote(kind: str) -> None:
    item = {
        "slot": lambda: a_slot(slot_listing()),
        "seats": lambda: a_slot(seats_listing(), adults=2),
        "flat": lambda: stay(exclusive_listing()),
        "until_cancelled": lambda: from_now_on(exclusive_listing()),
    }[kind]()
    cart = price(item)
    assert PricedCart.from_json(cart.to_json()) == cart
    assert cart.items[0].when == item.when
    quote = create_quote(actor=NOBODY, items=[item])
    promised = redeem_quote(actor=NOBODY, quote_id=quote.pk)[1]
    assert (promised.total, promised.items[0].when) == (cart.total, item.when)


def test_what_a_listing_does_not_sell_is_refused_by_what_it_needs() -> None:
    home, room, hall = ListingFactory(), slot_listing(), exclusive_listing()
    lease = ListingFactory(mode=Listing.Mode.LEASE)
    for listing, wrong in (
        (home, a_slot(home)),
        (home, from_now_on(home)),
        (room, stay(room)),
        (room, from_now_on(room)),
        (hall, a_slot(hall)),
    ):
        with pytest.raises(BadInput) as refusal:
            price(wrong)
        assert (refusal.value.code, refusal.value.errors[0].attr) == ("wrong_occasion", "items.0")
        needed = "start_at" if listing is room else "check_in"
        assert needed in refusal.value.detail
    assert refused(stay(lease)) == [("not_bookable", "items.0")]


def test_a_slot_listing_without_hours_sells_nothing() -> None:
    unfinished = ListingFactory(mode=Listing.Mode.SLOT)
    assert refused(a_slot(unfinished)) == [("no_slots", "items.0")]


def test_slots_are_refused_by_every_rule_at_once() -> None:
    room = slot_listing(rules={"max_minutes": 60}, max_guests=2)
    assert refused(a_slot(room, "09:00", minutes=90, adults=3), a_slot(room, "17:10", minutes=60)) == [
        ("max_minutes", "items.0"),
        ("capacity", "items.0"),
        ("outside_opening_hours", "items.1"),
    ]


def test_from_now_on_is_refused_where_bookings_are_made_ahead() -> None:
    assert refused(from_now_on(exclusive_listing(lead_time_hours=24))) == [("lead_time", "items.0")]
    assert refused(from_now_on(exclusive_listing(max_guests=1))) == [("capacity", "items.0")]
    assert refused(stay(exclusive_listing(booking_window_days=10))) == [("beyond_booking_window", "items.0")]


def test_nights_and_slots_of_one_company_share_a_cart() -> None:
    home = ListingFactory()
    room = slot_listing(company=home.company, property__company=home.company)
    cart = price(stay(home), a_slot(room))
    assert cart.total.minor == 30_000 + 10_000
    assert [item.occasion for item in cart.items] == ["nights", "slot"]


def test_one_room_twice_in_a_cart_is_refused_with_the_time_between() -> None:
    room = slot_listing(rules={"buffer_after_minutes": 30})
    assert refused(a_slot(room, "10:00"), a_slot(room, "11:00")) == [("repeated_item", "items.1")]
    assert len(price(a_slot(room, "10:00"), a_slot(room, "11:30")).items) == 2


def test_slots_outside_of_any_calendar_are_refused() -> None:
    room = slot_listing()
    late = ItemRequest(room.pk, Slot(FOREVER, FOREVER + timedelta(days=364, hours=23)), Party(1))
    early = ItemRequest(room.pk, Slot(FOREVER.replace(year=2), FOREVER.replace(year=3)), Party(1))
    for item in (early, late):
        assert refused(item)[0][0] == "date_out_of_range"


@pytest.mark.parametrize(("terms", "due"), [("online", 10_000), ("deposit", 3_000), ("at_property", 0)])
@pytest.mark.parametrize("kind", ["slot", "exclusive"])
def test_what_is_due_now_follows_the_payment_terms(kind: str, terms: str, due: int) -> None:
    options = {"payment_terms": terms, "rate_plan__deposit_basis_points": 3_000}
    item = a_slot(slot_listing(**options)) if kind == "slot" else from_now_on(exclusive_listing(**options))
    cart = price(item)
    assert (cart.due_now.minor, cart.payment_terms) == (due, terms)


def test_a_place_takes_no_more_people_at_once_than_it_says() -> None:
    home = ListingFactory(property__max_guests=5)
    other = ListingFactory(company=home.company, property=home.property)
    assert price(stay(home, adults=3), stay(other, adults=2))
    assert refused(stay(home, adults=3), stay(other, adults=3)) == [("property_capacity", "items")]
    assert price(stay(home, adults=3), stay(other, adults=3, arrive_in=33))
