"""The first half of a booking: space taken, price promised, for a while."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from freehold.bookings.models import Booking
from freehold.bookings.selectors import reads_as
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.expire_booking import expire_booking, expire_due_bookings
from freehold.bookings.services.extend_hold import extend_hold
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.set_guests import set_guests
from freehold.bookings.services.start_payment import start_booking_payment
from freehold.bookings.types import GuestName
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound, TemporarilyUnavailable
from freehold.finance.models import JournalEntry, Receivable
from freehold.finance.services.open_folio import open_folio
from freehold.inventory.errors import ClaimLapsed, Unavailable
from freehold.inventory.models import Allocation, Claim
from freehold.pricing.services.create_quote import create_quote
from freehold.properties.models import Listing, Unit
from freehold.reports.integrity import CHECKS
from tests.factories import ListingFactory, UnitFactory, UserFactory, unit_type_listing
from tests.support.booked import SYSTEM, hold
from tests.support.promises import broken_promises
from tests.support.stays import let_the_hold_lapse, stay

pytestmark = pytest.mark.django_db


def test_a_hold_takes_the_unit_and_owes_its_price() -> None:
    listing = ListingFactory()
    booking = hold(listing, nights=3)
    assert booking.state == "held"
    assert booking.total_minor == 30_000
    assert booking.reference.startswith("FH-")
    assert Allocation.objects.filter(unit=listing.unit).count() == 1
    receivable = Receivable.objects.company(booking.company_id).get()
    assert (receivable.kind, receivable.amount_minor, receivable.settled_minor) == ("full", 30_000, 0)
    assert not JournalEntry.objects.company(booking.company_id).exists()
    assert broken_promises() == []


def test_the_hold_lives_fifteen_minutes_by_the_database_clock() -> None:
    booking = hold(ListingFactory())
    assert booking.hold_expires_at is not None
    claim = Claim.objects.company(booking.company_id).get()
    assert claim.expires_at == booking.hold_expires_at
    assert timedelta(minutes=14, seconds=50) < booking.hold_expires_at - booking.created_at <= timedelta(minutes=15)


def test_taken_nights_are_refused_with_reasons_and_alternatives() -> None:
    listing = ListingFactory()
    hold(listing)
    with pytest.raises(Unavailable) as refusal:
        hold(listing)
    extra = refusal.value.errors[0].extra
    assert extra["reasons"]
    assert {"code", "detail"} <= set(extra["reasons"][0])
    assert extra["alternatives"]


def test_nothing_is_left_behind_by_a_refused_cart() -> None:
    free, taken = ListingFactory(), None
    taken = ListingFactory(company=free.company, property__company=free.company)
    hold(taken)
    before = Booking.objects.system("test").count()
    with pytest.raises(Unavailable):
        hold_booking(actor=Actor.of(UserFactory()), items=[stay(free), stay(taken)])
    assert Booking.objects.system("test").count() == before
    assert not Allocation.objects.filter(unit=free.unit).exists()


def test_a_kind_of_suite_is_served_before_the_rooms_that_it_is_made_of() -> None:
    rooms = unit_type_listing(units=3)
    parts = list(Unit.objects.system("test").filter(unit_type=rooms.unit_type).order_by("pk"))[:2]
    suites = unit_type_listing(units=0, company=rooms.company, property=rooms.property)
    UnitFactory(property=rooms.property, unit_type=suites.unit_type, parts=parts)
    cart = [stay(rooms), stay(suites)]
    booking = hold_booking(actor=Actor.of(UserFactory()), items=cart)
    taken = [len(item.claim.unit_ids) for item in booking.items.order_by("position")]
    assert (taken, [item.listing for item in booking.items.order_by("position")]) == ([1, 2], [rooms, suites])


def test_one_room_is_served_before_any_room_of_its_kind() -> None:
    rooms = unit_type_listing(units=2)
    corner = ListingFactory(
        company=rooms.company,
        property=rooms.property,
        unit=Unit.objects.system("test").filter(unit_type=rooms.unit_type).order_by("pk").first(),
    )
    booking = hold_booking(actor=Actor.of(UserFactory()), items=[stay(rooms), stay(corner)])
    taken = [item.claim.unit_ids for item in booking.items.order_by("position")]
    assert taken[1] == [corner.unit_id]
    assert taken[0] != taken[1]


def test_two_companies_in_one_cart_are_refused() -> None:
    with pytest.raises(BadInput) as refusal:
        hold_booking(actor=Actor.of(UserFactory()), items=[stay(ListingFactory()), stay(ListingFactory())])
    assert refusal.value.code == "mixed_cart"


def test_nobody_books_without_signing_in() -> None:
    with pytest.raises(AccessDenied):
        hold_booking(actor=Actor.anonymous(), items=[stay(ListingFactory())])


def test_a_quote_is_booked_at_its_price_even_if_the_price_rose() -> None:
    listing, booker = ListingFactory(), UserFactory()
    quote = create_quote(actor=Actor.of(booker), items=[stay(listing, nights=2)])
    plan = listing.rate_plan
    plan.base_price_minor = 99_000
    plan.save()
    booking = hold_booking(actor=Actor.of(booker), quote_id=quote.pk)
    assert booking.total_minor == 20_000


def test_a_quote_is_booked_once() -> None:
    booker = UserFactory()
    quote = create_quote(actor=Actor.of(booker), items=[stay(ListingFactory())])
    first = hold_booking(actor=Actor.of(booker), quote_id=quote.pk)
    cancel_booking(actor=Actor.of(booker), booking_id=first.pk)
    with pytest.raises(Conflict) as refusal:
        hold_booking(actor=Actor.of(booker), quote_id=quote.pk)
    assert refusal.value.code == "quote_used"


def test_a_hold_takes_five_statements() -> None:
    listing, booker = ListingFactory(payment_terms=Listing.PaymentTerms.DEPOSIT), Actor.of(UserFactory())
    with CaptureQueriesContext(connection) as queries:
        hold_booking(actor=booker, items=[stay(listing)])
    # Prices and rules, the look, the claim, the booking with its items, the folio with what is owed.
    assert len([query for query in queries if "offset_by" not in query["sql"]]) == 5


def test_a_reference_of_another_kind_of_account_is_refused_and_nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    listing = ListingFactory()
    open_folio(company_id=listing.company_id, kind="lease", reference="FH-000007", currency=listing.currency)
    monkeypatch.setattr("secrets.randbits", lambda _bits: 7)
    with pytest.raises(TemporarilyUnavailable), transaction.atomic():
        hold(listing)
    assert not Booking.objects.company(listing.company_id).exists()
    assert not Allocation.objects.exists()


@pytest.mark.parametrize("same_company", [True, False])
def test_a_reference_that_is_in_use_gives_way_to_another_one(
    monkeypatch: pytest.MonkeyPatch, same_company: bool
) -> None:
    first = ListingFactory()
    second = ListingFactory(company=first.company) if same_company else ListingFactory()
    numbers = iter([7, 7, 7, 8])
    monkeypatch.setattr("secrets.randbits", lambda _bits: next(numbers))
    earlier, later = hold(first), hold(second)
    assert (earlier.reference, later.reference) == ("FH-000007", "FH-000008")
    assert earlier.folio_id != later.folio_id
    assert broken_promises() == []


def test_a_quote_of_somebody_else_does_not_exist() -> None:
    quote = create_quote(actor=Actor.of(UserFactory()), items=[stay(ListingFactory())])
    with pytest.raises(NotFound):
        hold_booking(actor=Actor.of(UserFactory()), quote_id=quote.pk)


def test_payment_at_the_property_confirms_at_once() -> None:
    listing = ListingFactory(payment_terms=Listing.PaymentTerms.AT_PROPERTY)
    booking = hold(listing)
    assert booking.state == "confirmed"
    assert Claim.objects.company(booking.company_id).get().purpose == "booking"
    assert broken_promises() == []


def test_a_deposit_is_due_now_and_the_balance_on_arrival() -> None:
    listing = ListingFactory(payment_terms=Listing.PaymentTerms.DEPOSIT, rate_plan__deposit_basis_points=3_000)
    booking = hold(listing, nights=2)
    kinds = {r.kind: r.amount_minor for r in Receivable.objects.company(booking.company_id)}
    assert booking.due_now_minor == 6_000
    assert kinds == {"deposit": 6_000, "balance": 14_000}


def test_a_lapsed_hold_reads_as_expired_before_any_sweeper_came() -> None:
    booking = hold(ListingFactory())
    let_the_hold_lapse()
    assert booking.state == "held"
    assert reads_as(booking) == "expired"


def test_a_lapsed_hold_gives_way_to_the_next_guest() -> None:
    listing = ListingFactory()
    hold(listing)
    let_the_hold_lapse()
    assert hold(listing).state == "held"


def test_expiry_frees_the_space_and_writes_off_what_was_owed() -> None:
    listing = ListingFactory()
    booking = hold(listing)
    assert not expire_booking(booking_id=booking.pk)
    let_the_hold_lapse()
    assert expire_due_bookings() == 1
    booking.refresh_from_db()
    assert booking.state == "expired"
    assert not Allocation.objects.filter(unit=listing.unit).exists()
    assert Receivable.objects.company(booking.company_id).get().written_off_minor == booking.total_minor
    assert not expire_booking(booking_id=booking.pk)
    assert broken_promises() == []


def test_a_hold_is_extended_once() -> None:
    booking = hold(ListingFactory())
    before = booking.hold_expires_at
    extended = extend_hold(actor=Actor.of(booking.booker), booking_id=booking.pk)
    assert before is not None
    assert extended.hold_expires_at == before + timedelta(minutes=15)
    with pytest.raises(Conflict) as refusal:
        extend_hold(actor=Actor.of(booking.booker), booking_id=booking.pk)
    assert refusal.value.code == "already_extended"
    let_the_hold_lapse()
    assert reads_as(extended) == "held"


def test_a_hold_that_is_over_cannot_be_extended() -> None:
    booking = hold(ListingFactory())
    let_the_hold_lapse()
    with pytest.raises(ClaimLapsed):
        extend_hold(actor=Actor.of(booking.booker), booking_id=booking.pk)


def test_guests_are_named_and_replaced_as_a_whole() -> None:
    booking = hold(ListingFactory(), adults=2)
    actor = Actor.of(booking.booker)
    set_guests(actor=actor, booking_id=booking.pk, guests=[GuestName("Ada"), GuestName("Ben", 37)], note="Late arrival")
    set_guests(actor=actor, booking_id=booking.pk, guests=[GuestName("Ada")])
    booking.refresh_from_db()
    assert [guest.name for guest in booking.guests.all()] == ["Ada"]
    assert booking.guest_note == "Late arrival"


def test_more_guests_than_the_party_are_refused() -> None:
    booking = hold(ListingFactory(), adults=1)
    with pytest.raises(BadInput) as refusal:
        set_guests(actor=Actor.of(booking.booker), booking_id=booking.pk, guests=[GuestName("Ada"), GuestName("Ben")])
    assert refusal.value.code == "too_many_guests"


def test_somebody_elses_booking_does_not_exist() -> None:
    booking = hold(ListingFactory())
    stranger = Actor.of(UserFactory())
    for act in (extend_hold, lambda **facts: set_guests(guests=[], **facts)):
        with pytest.raises(NotFound):
            act(actor=stranger, booking_id=booking.pk)


def test_an_unknown_provider_is_refused_and_changes_nothing() -> None:
    booking = hold(ListingFactory())
    with pytest.raises(BadInput) as refusal:
        start_booking_payment(
            actor=Actor.of(booking.booker),
            booking_id=booking.pk,
            provider="nobody",
            return_url="https://example.com/",
        )
    assert refusal.value.code == "unknown_provider"
    booking.refresh_from_db()
    assert booking.state == "held"


def test_the_checker_has_an_opinion_on_every_promise() -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert SYSTEM.is_system
