"""Staff put a booked item on another unit: same period, same price, and nothing lost when that one is taken."""

from collections.abc import Callable
from uuid import UUID

import pytest

from freehold.bookings.assigned import item_units
from freehold.bookings.models import Booking, BookingItem
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.expire_booking import expire_due_bookings
from freehold.bookings.services.repin_item import repin_item
from freehold.bookings.types import ItemChange
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound
from freehold.core.ids import uuid7
from freehold.domain.occasions import Nights
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Allocation, Claim
from freehold.properties.models import Listing, Unit
from tests.factories import (
    ListingFactory,
    MembershipFactory,
    UnitFactory,
    UnitTypeFactory,
    UserFactory,
    unit_type_listing,
    whole_property_listing,
)
from tests.support.booked import SYSTEM, confirmed, hold, money_comes, open_attempt
from tests.support.promises import broken_promises
from tests.support.stays import in_days, let_the_hold_lapse

pytestmark = pytest.mark.django_db


def claim_of(booking: Booking) -> Claim:
    claim: Claim = Claim.objects.system("test").get(pk=BookingItem.objects.get(booking=booking).claim_id)
    return claim


def units_taken(booking: Booking) -> set[UUID]:
    return set(claim_of(booking).allocations.values_list("unit_id", flat=True))


def rooms(listing: Listing) -> list[Unit]:
    return list(Unit.objects.company(listing.company_id).filter(unit_type_id=listing.unit_type_id).order_by("pk"))


def other_room(listing: Listing, booking: Booking) -> Unit:
    return next(room for room in rooms(listing) if room.pk not in units_taken(booking))


def host_of(listing: Listing) -> Actor:
    return Actor.of(MembershipFactory(company=listing.company, role="host").user)


@pytest.mark.parametrize("make", [hold, lambda listing: confirmed(listing)[0]], ids=["held", "confirmed"])
def test_an_item_moves_to_another_room_of_its_type_and_keeps_price_and_period(make: object) -> None:
    listing = unit_type_listing(units=2)
    booking: Booking = make(listing)  # type: ignore[operator]
    before = Allocation.objects.get()
    room = other_room(listing, booking)
    moved = repin_item(actor=host_of(listing), booking_id=booking.pk, item=0, unit_id=room.pk)

    assert [unit.id for unit in moved.assigned] == [room.pk]
    after = Allocation.objects.get()
    assert (after.unit_id, after.period, after.expires_at) == (room.pk, before.period, before.expires_at)
    assert claim_of(booking).unit_ids == [room.pk]
    total = booking.total_minor
    booking.refresh_from_db()
    assert booking.total_minor == total
    hold(listing)  # the room that it left is free
    assert broken_promises() == []


def test_who_moved_what_stays_in_the_audit_trail() -> None:
    listing = unit_type_listing(units=2)
    booking = hold(listing)
    (first,) = units_taken(booking)
    room = other_room(listing, booking)
    repin_item(actor=host_of(listing), booking_id=booking.pk, item=0, unit_id=room.pk)
    history = claim_of(booking).history.order_by("pgh_id")  # type: ignore[attr-defined]
    assert [row.unit_ids for row in history] == [[first], [room.pk]]


def test_a_taken_room_is_refused_with_the_reason_and_nothing_changes() -> None:
    listing = unit_type_listing(units=2)
    booking, other = hold(listing), confirmed(listing)[0]
    before = units_taken(booking)
    (taken,) = units_taken(other)
    with pytest.raises(Unavailable) as refusal:
        repin_item(actor=SYSTEM, booking_id=booking.pk, item=0, unit_id=taken)
    assert [reason.code for reason in refusal.value.reasons] == ["booked"]
    assert units_taken(booking) == before
    assert broken_promises() == []


def test_a_hold_that_ran_out_gives_way() -> None:
    listing = unit_type_listing(units=2)
    old = hold(listing)
    (room,) = units_taken(old)
    let_the_hold_lapse()
    booking = hold(listing)
    if units_taken(booking) == {room}:
        room = other_room(listing, booking).pk
    repin_item(actor=SYSTEM, booking_id=booking.pk, item=0, unit_id=room)
    assert units_taken(booking) == {room}
    assert broken_promises() == []


def test_a_room_of_another_type_needs_the_right_to_close_it_and_keeps_the_price(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listing = unit_type_listing(units=1)
    better = UnitFactory(property=listing.property, unit_type=UnitTypeFactory(property=listing.property), max_guests=4)
    booking = confirmed(listing)[0]
    host = host_of(listing)
    with monkeypatch.context() as patch:
        patch.setattr("freehold.companies.policies.PERMISSIONS", {"host": frozenset({"bookings.desk"})})
        with pytest.raises(AccessDenied):
            repin_item(actor=host, booking_id=booking.pk, item=0, unit_id=better.pk)
    total = booking.total_minor
    repin_item(actor=host, booking_id=booking.pk, item=0, unit_id=better.pk)
    booking.refresh_from_db()
    assert (units_taken(booking), booking.total_minor) == ({better.pk}, total)
    assert broken_promises() == []


def put_elsewhere(booking: Booking, room: Unit) -> Booking:
    repin_item(actor=SYSTEM, booking_id=booking.pk, item=0, unit_id=room.pk)
    return booking


@pytest.mark.parametrize("make", [ListingFactory, unit_type_listing], ids=["one room", "any room of a type"])
def test_late_money_brings_an_item_back_to_where_it_was_put(make: Callable[..., Listing]) -> None:
    listing = make()
    room = UnitFactory(property=listing.property)
    booking = put_elsewhere(hold(listing), room)
    payment = open_attempt(booking)
    let_the_hold_lapse()
    expire_due_bookings()
    assert Allocation.objects.count() == 0
    money_comes(payment)
    booking.refresh_from_db()
    assert (booking.state, units_taken(booking)) == ("confirmed", {room.pk})
    assert broken_promises() == []


def test_late_money_for_an_item_that_was_put_elsewhere_takes_what_was_booked_when_that_is_taken() -> None:
    listing = ListingFactory()
    elsewhere = ListingFactory(company=listing.company, property=listing.property)
    booking = put_elsewhere(hold(listing), elsewhere.unit)
    payment = open_attempt(booking)
    let_the_hold_lapse()
    hold(elsewhere)
    money_comes(payment)
    booking.refresh_from_db()
    assert (booking.state, units_taken(booking)) == ("confirmed", {listing.unit_id})
    assert broken_promises() == []


def test_who_stays_longer_stays_where_they_were_put() -> None:
    listing = ListingFactory(payment_terms=Listing.PaymentTerms.AT_PROPERTY)
    room = UnitFactory(property=listing.property)
    booking = put_elsewhere(hold(listing), room)
    longer = ItemChange(booking.items.get().pk, when=Nights(in_days(30), in_days(35)))
    change_booking(actor=SYSTEM, booking_id=booking.pk, changes=[longer])
    assert units_taken(booking) == {room.pk}
    assert broken_promises() == []


def test_a_room_that_is_too_small_for_the_party_is_refused() -> None:
    listing = unit_type_listing(units=1)
    cell = UnitFactory(property=listing.property, max_guests=1)
    booking = hold(listing, adults=2)
    with pytest.raises(BadInput) as refusal:
        repin_item(actor=SYSTEM, booking_id=booking.pk, item=0, unit_id=cell.pk)
    assert (refusal.value.code, refusal.value.errors[0].attr) == ("capacity", "unit_id")


def test_from_a_room_to_a_suite_of_which_it_is_a_part_and_back() -> None:
    listing = unit_type_listing(units=2)
    east, west = rooms(listing)
    suite = UnitFactory(property=listing.property, parts=[east, west], max_guests=8)
    booking = hold(listing)
    moved = repin_item(actor=SYSTEM, booking_id=booking.pk, item=0, unit_id=suite.pk)
    assert [unit.id for unit in moved.assigned] == [suite.pk]
    assert units_taken(booking) == {east.pk, west.pk}
    moved = repin_item(actor=SYSTEM, booking_id=booking.pk, item=0, unit_id=west.pk)
    assert ([unit.id for unit in moved.assigned], units_taken(booking)) == ([west.pk], {west.pk})
    hold(listing)
    with pytest.raises(Unavailable):
        repin_item(actor=SYSTEM, booking_id=booking.pk, item=0, unit_id=suite.pk)
    assert broken_promises() == []


def test_what_is_out_of_use_elsewhere_or_unknown_cannot_be_chosen() -> None:
    listing = unit_type_listing(units=2)
    booking = hold(listing)
    closed = other_room(listing, booking)
    closed.is_active = False
    closed.save(update_fields=["is_active"])
    half = UnitFactory(property=listing.property, parts=[closed, UnitFactory(property=listing.property)])
    for unit_id in (closed.pk, half.pk, UnitFactory().pk, uuid7()):
        with pytest.raises(BadInput) as refusal:
            repin_item(actor=SYSTEM, booking_id=booking.pk, item=0, unit_id=unit_id)
        assert refusal.value.code == "unknown_unit"
    with pytest.raises(BadInput):
        repin_item(actor=SYSTEM, booking_id=booking.pk, item=1, unit_id=closed.pk)


def test_what_has_no_space_any_more_or_takes_everything_is_not_moved() -> None:
    listing = unit_type_listing(units=2)
    booking = hold(listing)
    room = other_room(listing, booking)
    cancel_booking(actor=SYSTEM, booking_id=booking.pk)
    with pytest.raises(Conflict) as refusal:
        repin_item(actor=SYSTEM, booking_id=booking.pk, item=0, unit_id=room.pk)
    assert refusal.value.code == "not_movable"
    villa = whole_property_listing()
    with pytest.raises(Conflict) as refusal:
        repin_item(actor=SYSTEM, booking_id=hold(villa).pk, item=0, unit_id=villa.property.units.first().pk)
    assert refusal.value.code == "takes_everything"


def test_neither_the_guest_nor_another_company_moves_it() -> None:
    listing, guest = unit_type_listing(units=2), UserFactory()
    booking = hold(listing, booker=guest)
    room = other_room(listing, booking)
    for actor in (Actor.of(guest), Actor.of(MembershipFactory(role="admin").user)):
        with pytest.raises(NotFound):
            repin_item(actor=actor, booking_id=booking.pk, item=0, unit_id=room.pk)


def test_staff_see_where_an_item_is_and_what_is_free_for_it_in_few_queries(
    django_assert_max_num_queries: object,
) -> None:
    listing = unit_type_listing(units=4)
    booking, other, host = hold(listing), hold(listing), host_of(listing)
    with django_assert_max_num_queries(5):  # type: ignore[operator]
        units = item_units(actor=host, booking_id=booking.pk, item=0)
    assert {unit.id for unit in units.assigned} == units_taken(booking)
    free = {unit.id for unit in units.units if unit.is_free}
    assert free == {room.pk for room in rooms(listing)} - units_taken(other)
