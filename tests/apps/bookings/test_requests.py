"""Asking for a place: the space is held until the host has answered."""

from datetime import timedelta
from typing import Any

import pytest

from freehold.bookings.models import Booking
from freehold.bookings.selectors import reads_as
from freehold.bookings.services.accept_request import accept_request
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.decline_request import decline_request
from freehold.bookings.services.expire_booking import expire_due_bookings
from freehold.bookings.services.extend_hold import extend_hold
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.set_guests import set_guests
from freehold.bookings.services.start_payment import start_booking_payment
from freehold.bookings.types import GuestName
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, Conflict, NotFound
from freehold.finance.models import JournalEntry, Receivable
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Allocation, Claim
from freehold.properties.models import Listing
from tests.factories import ListingFactory, MembershipFactory, UserFactory
from tests.support.booked import SYSTEM, hold, money_comes, open_attempt
from tests.support.promises import broken_promises
from tests.support.slots import a_slot, slot_listing
from tests.support.stays import stay

pytestmark = pytest.mark.django_db


def asking_listing(**options: Any) -> Listing:
    listing: Listing = ListingFactory(acceptance=Listing.Acceptance.REQUEST, **options)
    return listing


def host_of(booking: Booking) -> Actor:
    return Actor.of(MembershipFactory(company=booking.company, role="host").user)


def test_a_request_holds_the_space_until_the_answer_is_due() -> None:
    listing = asking_listing(answer_within_hours=12)
    booking = hold(listing)
    assert booking.state == "requested"
    assert booking.hold_expires_at is not None
    wait = booking.hold_expires_at - booking.created_at
    assert timedelta(hours=11, minutes=59) < wait <= timedelta(hours=12)
    with pytest.raises(Unavailable):
        hold(listing)
    assert broken_promises() == []


def test_of_several_listings_the_most_hurried_one_sets_the_deadline() -> None:
    first = asking_listing(answer_within_hours=48)
    second = asking_listing(answer_within_hours=6, company=first.company)
    instant = ListingFactory(company=first.company)
    booking = hold_booking(actor=Actor.of(UserFactory()), items=[stay(first), stay(second, adults=1), stay(instant)])
    assert booking.state == "requested"
    assert booking.hold_expires_at is not None
    assert booking.hold_expires_at - booking.created_at <= timedelta(hours=6)
    assert broken_promises() == []


def test_nobody_waits_for_an_answer_beyond_the_arrival() -> None:
    booking = hold(asking_listing(answer_within_hours=168), arrive_in=2)
    assert booking.hold_expires_at is not None
    assert booking.hold_expires_at <= booking.starts_at


def test_a_request_takes_no_payment_and_is_not_extended() -> None:
    booking = hold(asking_listing())
    actor = Actor.of(booking.booker)
    with pytest.raises(Conflict) as refusal:
        start_booking_payment(actor=actor, booking_id=booking.pk, provider="sandbox", return_url="https://example.com/")
    assert refusal.value.code == "not_payable"
    with pytest.raises(Conflict) as refusal:
        extend_hold(actor=actor, booking_id=booking.pk)
    assert refusal.value.code == "not_held"


def test_who_asks_may_say_who_comes() -> None:
    booking = hold(asking_listing())
    set_guests(actor=Actor.of(booking.booker), booking_id=booking.pk, guests=[GuestName("Ada")], note="We are quiet.")
    booking.refresh_from_db()
    assert booking.guest_note == "We are quiet."


def test_an_accepted_request_is_a_fresh_hold_that_payment_confirms() -> None:
    booking = hold(asking_listing(answer_within_hours=2))
    clock.move(timedelta(hours=1))
    accepted = accept_request(actor=host_of(booking), booking_id=booking.pk, note="Welcome!")
    assert accepted.state == "held"
    assert (accepted.answer_note, accepted.answered_at is not None) == ("Welcome!", True)
    claim = Claim.objects.company(booking.company_id).get()
    assert claim.expires_at == accepted.hold_expires_at
    assert claim.extensions == 0
    clock.move(timedelta(hours=23))
    assert reads_as(accepted) == "held"
    assert broken_promises() == []
    money_comes(open_attempt(accepted))
    accepted.refresh_from_db()
    assert accepted.state == "confirmed"
    assert broken_promises() == []


def test_accepting_leaves_a_day_to_pay_and_no_more() -> None:
    booking = hold(asking_listing())
    accept_request(actor=SYSTEM, booking_id=booking.pk)
    clock.move(timedelta(hours=24, minutes=1))
    assert expire_due_bookings() == 1
    booking.refresh_from_db()
    assert booking.state == "expired"
    assert broken_promises() == []


def test_accepting_confirms_at_once_where_the_stay_is_paid_at_the_place() -> None:
    booking = hold(asking_listing(payment_terms=Listing.PaymentTerms.AT_PROPERTY))
    assert booking.state == "requested"
    assert not JournalEntry.objects.company(booking.company_id).exists()
    accepted = accept_request(actor=host_of(booking), booking_id=booking.pk)
    accepted.refresh_from_db()
    assert accepted.state == "confirmed"
    assert Claim.objects.company(booking.company_id).get().purpose == "booking"
    assert broken_promises() == []


def test_a_slot_that_has_begun_is_not_accepted_any_more() -> None:
    listing = slot_listing(acceptance=Listing.Acceptance.REQUEST)
    booking = hold_booking(actor=Actor.of(UserFactory()), items=[a_slot(listing, ahead=1)])
    late = hold_booking(actor=Actor.of(UserFactory()), items=[a_slot(listing, "12:00", ahead=1)])
    host = host_of(booking)
    clock.move(late.starts_at - clock.database_now() - timedelta(minutes=1))
    for each in (booking, late):  # the host still had time to answer: an hour at least
        Booking.objects.company(each.company_id).filter(pk=each.pk).update(
            hold_expires_at=clock.database_now() + timedelta(minutes=30)
        )
    with pytest.raises(Conflict) as refusal:
        accept_request(actor=host, booking_id=booking.pk)
    assert refusal.value.code == "too_late"
    booking.refresh_from_db()
    assert (booking.state, booking.answered_at) == ("requested", None)
    Claim.objects.system("test").update(expires_at=clock.database_now() + timedelta(minutes=30))
    assert accept_request(actor=host, booking_id=late.pk).state == "held"
    decline_request(actor=host, booking_id=booking.pk)


def test_accepting_twice_changes_nothing() -> None:
    booking = hold(asking_listing())
    first = accept_request(actor=SYSTEM, booking_id=booking.pk)
    clock.move(timedelta(hours=1))
    again = accept_request(actor=SYSTEM, booking_id=booking.pk, note="again")
    assert (again.hold_expires_at, again.answer_note) == (first.hold_expires_at, "")


def test_a_declined_request_gives_the_space_back_and_owes_nothing() -> None:
    listing = asking_listing()
    booking = hold(listing)
    declined = decline_request(actor=host_of(booking), booking_id=booking.pk, note="We paint the walls.")
    assert (declined.state, declined.answer_note) == ("declined", "We paint the walls.")
    assert not Allocation.objects.filter(unit=listing.unit).exists()
    assert Receivable.objects.company(booking.company_id).get().written_off_minor == booking.total_minor
    decline_request(actor=SYSTEM, booking_id=booking.pk, note="other words")
    declined.refresh_from_db()
    assert declined.answer_note == "We paint the walls."
    assert hold(listing).state == "requested"
    assert broken_promises() == []


def test_an_answer_is_given_once() -> None:
    declined, accepted = hold(asking_listing()), hold(asking_listing())
    decline_request(actor=SYSTEM, booking_id=declined.pk)
    accept_request(actor=SYSTEM, booking_id=accepted.pk)
    for act, booking in ((accept_request, declined), (decline_request, accepted)):
        with pytest.raises(Conflict) as refusal:
            act(actor=SYSTEM, booking_id=booking.pk)
        assert refusal.value.code == "not_requested"


def test_a_request_that_nobody_answers_lapses() -> None:
    listing = asking_listing(answer_within_hours=3)
    booking = hold(listing)
    clock.move(timedelta(hours=3, seconds=1))
    assert booking.state == "requested"
    assert reads_as(booking) == "expired"
    for act in (accept_request, decline_request):
        with pytest.raises(Conflict) as refusal:
            act(actor=SYSTEM, booking_id=booking.pk)
        assert refusal.value.code == "request_lapsed"
    assert expire_due_bookings() == 1
    booking.refresh_from_db()
    assert booking.state == "expired"
    assert Receivable.objects.company(booking.company_id).get().written_off_minor == booking.total_minor
    assert hold(listing).state == "requested"
    assert broken_promises() == []


def test_a_request_can_be_withdrawn() -> None:
    listing = asking_listing()
    booking = hold(listing)
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    booking.refresh_from_db()
    assert (booking.state, booking.fee_minor) == ("cancelled", 0)
    assert not JournalEntry.objects.company(booking.company_id).exists()
    assert hold(listing).state == "requested"
    with pytest.raises(Conflict):
        accept_request(actor=SYSTEM, booking_id=booking.pk)
    assert broken_promises() == []


def test_only_people_of_the_company_answer() -> None:
    booking = hold(asking_listing())
    for stranger in (Actor.of(booking.booker), Actor.of(MembershipFactory(role="admin").user), Actor.anonymous()):
        for act in (accept_request, decline_request):
            with pytest.raises((NotFound, AccessDenied)):
                act(actor=stranger, booking_id=booking.pk)
    booking.refresh_from_db()
    assert booking.state == "requested"
