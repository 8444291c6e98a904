"""Payment terms of slots and whole places: when a hold confirms at once, and what is owed when."""

import pytest

from freehold.bookings.models import Booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.finance.models import Receivable
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Allocation, Claim
from freehold.pricing.services.create_quote import create_quote
from freehold.pricing.types import ItemRequest
from freehold.properties.models import Unit
from tests.factories import ListingFactory, UnitFactory, UserFactory
from tests.support.slots import a_slot, exclusive_listing, from_now_on, seats_listing, slot_listing
from tests.support.stays import stay

pytestmark = pytest.mark.django_db


def held(item: ItemRequest) -> Booking:
    return hold_booking(actor=Actor.of(UserFactory()), items=[item])


def item_of(kind: str, **options: object) -> ItemRequest:
    match kind:
        case "stay":
            return stay(ListingFactory(**options), nights=1)
        case "slot":
            return a_slot(slot_listing(**options))
    return from_now_on(exclusive_listing(**options))


@pytest.mark.parametrize("kind", ["stay", "slot", "exclusive"])
@pytest.mark.parametrize(
    ("terms", "state", "owed"),
    [
        ("online", "held", {"full": 10_000}),
        ("deposit", "held", {"deposit": 3_000, "balance": 7_000}),
        ("at_property", "confirmed", {"balance": 10_000}),
    ],
)
def test_terms_decide_what_a_hold_becomes_and_owes(kind: str, terms: str, state: str, owed: dict[str, int]) -> None:
    booking = held(item_of(kind, payment_terms=terms, rate_plan__deposit_basis_points=3_000))
    assert booking.state == state
    receivables = Receivable.objects.system("test").filter(folio=booking.folio)
    assert {row.kind: row.amount_minor for row in receivables} == owed


@pytest.mark.parametrize("kind", ["stay", "slot", "exclusive"])
@pytest.mark.parametrize("terms", ["online", "deposit", "at_property"])
def test_what_costs_nothing_is_confirmed_at_once(kind: str, terms: str) -> None:
    booking = held(item_of(kind, payment_terms=terms, rate_plan__base_price_minor=0))
    assert booking.state == "confirmed"
    assert not Receivable.objects.system("test").filter(folio=booking.folio).exists()


def test_how_many_may_come_is_what_the_place_takes() -> None:
    hall = exclusive_listing(max_guests=120)
    with pytest.raises(BadInput) as refusal:
        held(from_now_on(hall, adults=121))
    assert refusal.value.code == "capacity"
    assert held(from_now_on(hall, adults=120)).items.get().party["adults"] == 120


def test_a_quote_of_a_slot_is_booked_once() -> None:
    guest = Actor.of(UserFactory())
    quote = create_quote(actor=guest, items=[a_slot(seats_listing(), adults=3)])
    booking = hold_booking(actor=guest, quote_id=quote.pk)
    assert len(Claim.objects.system("test").get().unit_ids) == 3
    assert booking.total_minor == 30_000
    with pytest.raises(Conflict):
        hold_booking(actor=guest, quote_id=quote.pk)


def test_buffers_keep_neighbours_apart_and_belong_to_no_booking() -> None:
    room = slot_listing(rules={"buffer_before_minutes": 15, "buffer_after_minutes": 30})
    booking = held(a_slot(room, "10:00"))
    for start in ("09:00", "11:00", "11:30"):
        with pytest.raises(Unavailable):
            held(a_slot(room, start))
    assert held(a_slot(room, "12:00")).state == "held"
    claim = Claim.objects.system("test").get(pk=booking.items.get().claim_id)
    taken = Allocation.objects.get(claim=claim).period
    assert ((claim.period.lower - taken.lower).seconds, (taken.upper - claim.period.upper).seconds) == (900, 1800)


def test_the_room_excludes_its_seats_and_the_seats_the_room() -> None:
    seats = seats_listing(seats=3)
    parts = list(Unit.objects.system("test").filter(unit_type=seats.unit_type))
    whole = UnitFactory(property=seats.property, parts=parts)
    room = slot_listing(company=seats.company, property=seats.property, unit=whole)
    held(a_slot(seats, "10:00"))
    with pytest.raises(Unavailable):
        held(a_slot(room, "10:00"))
    held(a_slot(room, "14:00"))
    with pytest.raises(Unavailable) as refusal:
        held(a_slot(seats, "14:00", adults=2))
    assert [reason.code for reason in refusal.value.reasons] == ["too_few", "held"]


def test_a_party_of_more_than_there_are_seats_gets_none_of_them() -> None:
    seats = seats_listing(seats=3)
    with pytest.raises(Unavailable) as refusal:
        held(a_slot(seats, adults=4))
    assert refusal.value.reasons[0].code == "too_few"
    assert not Allocation.objects.exists()
