"""From the arrival to the departure, and what can be taken back."""

from datetime import timedelta
from typing import Any

import pytest

from freehold.bookings.models import Booking
from freehold.bookings.services.check_in_booking import check_in_booking, undo_check_in
from freehold.bookings.services.check_out_booking import check_out_booking, undo_check_out
from freehold.bookings.services.complete_stays import complete_due_stays
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.mark_no_show import mark_no_show
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, NotFound
from freehold.domain import ledger
from freehold.domain.ledger import Account
from freehold.domain.money import Money
from freehold.finance.models import JournalEntry
from freehold.finance.selectors import account_balances, folio_balance
from freehold.finance.services.post_entry import post_entry
from freehold.inventory.models import Allocation
from freehold.payments.models import Refund
from freehold.properties.models import Listing
from tests.factories import ListingFactory, MembershipFactory, TaxFactory, UserFactory, unit_type_listing
from tests.support.booked import SYSTEM, confirmed, hold, money_comes, open_attempt
from tests.support.promises import broken_promises
from tests.support.stays import stay

pytestmark = pytest.mark.django_db


def booked(*, arrive_in: int = 1, **options: Any) -> Booking:
    """A paid stay of three nights for 300.00 and 30.00 of tax."""
    listing = ListingFactory(**options)
    listing.rate_plan.taxes.add(TaxFactory(company=listing.company))
    booking, _payment = confirmed(listing, arrive_in=arrive_in)
    return booking


def go_to(booking: Booking, **after_arrival: float) -> None:
    clock.move(booking.starts_at + timedelta(**after_arrival) - clock.database_now())


def held(booking: Booking, account: Account) -> int:
    return account_balances(booking.folio)[account].minor


def refused(act: Any, booking: Booking) -> str:
    with pytest.raises(Conflict) as refusal:
        act(actor=SYSTEM, booking_id=booking.pk)
    return refusal.value.code


def test_a_guest_checks_in_from_the_day_of_arrival_on() -> None:
    booking = booked(arrive_in=2)
    go_to(booking, hours=-16)  # 23:00 of the day before, where check-in is at 15:00
    assert refused(check_in_booking, booking) == "too_early"
    go_to(booking, hours=-14)
    booking = check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    assert (booking.state, booking.checked_in_at is not None) == ("in_house", True)
    assert check_in_booking(actor=SYSTEM, booking_id=booking.pk).checked_in_at == booking.checked_in_at
    assert broken_promises() == []


def test_a_check_in_is_taken_back_with_one_tap() -> None:
    booking = booked()
    go_to(booking)
    check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    booking = undo_check_in(actor=SYSTEM, booking_id=booking.pk)
    assert (booking.state, booking.checked_in_at) == ("confirmed", None)
    undo_check_in(actor=SYSTEM, booking_id=booking.pk)
    assert check_in_booking(actor=SYSTEM, booking_id=booking.pk).state == "in_house"
    assert broken_promises() == []


def test_a_hold_or_a_stay_that_is_over_cannot_be_checked_in() -> None:
    assert refused(check_in_booking, hold(ListingFactory())) == "not_confirmed"
    booking = booked()
    go_to(booking, days=3)
    assert refused(check_in_booking, booking) == "too_late"


def test_the_departure_earns_what_was_charged_without_taxes() -> None:
    booking = booked()
    go_to(booking)
    check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    assert (held(booking, Account.UNEARNED), held(booking, Account.REVENUE)) == (-30_000, 0)
    go_to(booking, days=3)
    booking = check_out_booking(actor=SYSTEM, booking_id=booking.pk)
    assert booking.state == "completed"
    assert (held(booking, Account.UNEARNED), held(booking, Account.REVENUE)) == (0, -30_000)
    assert held(booking, Account.TAX_PAYABLE) == -3_000
    check_out_booking(actor=SYSTEM, booking_id=booking.pk)
    complete_due_stays()
    assert JournalEntry.objects.company(booking.company_id).filter(kind="stay_earned").count() == 1
    assert broken_promises() == []


def test_an_early_departure_frees_the_remaining_nights() -> None:
    listing = ListingFactory()
    booking, _payment = confirmed(listing, arrive_in=1, nights=5)
    go_to(booking, minutes=1)
    check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    with pytest.raises(Conflict):
        hold(listing, arrive_in=2, nights=2)
    go_to(booking, hours=18)
    check_out_booking(actor=SYSTEM, booking_id=booking.pk)
    assert hold(listing, arrive_in=1, nights=2).state == "held"
    assert held(booking, Account.REVENUE) == -50_000
    assert broken_promises() == []


def test_turnover_follows_an_early_departure_too() -> None:
    listing = ListingFactory(turnover_days=1)
    booking, _payment = confirmed(listing, arrive_in=1, nights=5)
    go_to(booking, minutes=1)
    check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    go_to(booking, hours=18)
    before = Allocation.objects.get(unit=listing.unit).period.upper
    check_out_booking(actor=SYSTEM, booking_id=booking.pk)
    after = Allocation.objects.get(unit=listing.unit).period.upper
    assert clock.database_now() < after < before
    assert broken_promises() == []


def test_a_departure_is_taken_back_while_the_nights_are_free() -> None:
    listing = ListingFactory()
    booking, _payment = confirmed(listing, arrive_in=1, nights=5)
    go_to(booking, minutes=1)
    check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    go_to(booking, hours=18)
    check_out_booking(actor=SYSTEM, booking_id=booking.pk)
    assert hold(listing, arrive_in=1, nights=2).state == "held"
    assert refused(undo_check_out, booking) == "space_taken"
    booking.refresh_from_db()
    assert booking.state == "completed"
    assert broken_promises() == []

    clock.move(timedelta(minutes=16))  # the other guest's hold has lapsed: nobody has the nights
    booking = undo_check_out(actor=SYSTEM, booking_id=booking.pk)
    assert (booking.state, booking.checked_out_at) == ("in_house", None)
    assert (held(booking, Account.UNEARNED), held(booking, Account.REVENUE)) == (-50_000, 0)
    with pytest.raises(Conflict):
        hold(listing, arrive_in=2, nights=2)
    assert broken_promises() == []

    check_out_booking(actor=SYSTEM, booking_id=booking.pk)
    assert held(booking, Account.REVENUE) == -50_000
    assert broken_promises() == []


def test_a_departure_that_is_taken_back_brings_back_what_had_not_begun() -> None:
    listing = ListingFactory()
    later = unit_type_listing(company=listing.company)
    booking = two_stays(listing, later)
    before = booking.items.get(listing=later).claim.unit_ids
    go_to(booking, hours=1)
    check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    check_out_booking(actor=SYSTEM, booking_id=booking.pk)
    assert not Allocation.objects.filter(unit_id__in=before).exists()
    undo_check_out(actor=SYSTEM, booking_id=booking.pk)
    assert booking.items.get(listing=later).claim.unit_ids == before
    assert Allocation.objects.filter(unit_id__in=before).count() == 1
    assert broken_promises() == []


def test_a_departure_is_not_taken_back_when_what_had_not_begun_is_taken() -> None:
    listing = ListingFactory()
    later = ListingFactory(company=listing.company)
    booking = two_stays(listing, later)
    go_to(booking, hours=1)
    check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    check_out_booking(actor=SYSTEM, booking_id=booking.pk)
    hold(later, arrive_in=20)
    assert refused(undo_check_out, booking) == "space_taken"
    booking.refresh_from_db()
    assert (booking.state, Allocation.objects.filter(unit=listing.unit).count()) == ("completed", 1)
    assert broken_promises() == []


def test_who_has_not_begun_to_stay_does_not_depart() -> None:
    booking = booked()
    assert refused(check_out_booking, booking) == "not_in_house"
    go_to(booking, hours=-2)
    check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    assert refused(check_out_booking, booking) == "not_begun"


def test_stays_that_ended_are_completed_after_some_hours() -> None:
    quiet, tapped = booked(), booked()
    go_to(tapped)
    check_in_booking(actor=SYSTEM, booking_id=tapped.pk)
    clock.move(quiet.ends_at + timedelta(hours=5) - clock.database_now())
    assert complete_due_stays() == 0
    clock.move(timedelta(hours=1, seconds=1))
    assert complete_due_stays() == 2
    assert complete_due_stays() == 0
    for booking in (quiet, tapped):
        booking.refresh_from_db()
        assert booking.state == "completed"
        assert held(booking, Account.REVENUE) == -30_000
    assert broken_promises() == []


def test_who_never_came_keeps_the_host_the_money_and_frees_the_nights() -> None:
    listing = ListingFactory()
    listing.rate_plan.taxes.add(TaxFactory(company=listing.company))
    booking, _payment = confirmed(listing, arrive_in=1, nights=4)
    go_to(booking, hours=2)
    assert refused(mark_no_show, booking) == "too_early"
    go_to(booking, hours=10)
    booking = mark_no_show(actor=SYSTEM, booking_id=booking.pk)
    assert (booking.state, booking.fee_minor, booking.refund_minor) == ("no_show", 44_000, 0)
    assert held(booking, Account.CANCELLATION_REVENUE) == -44_000
    assert (
        held(booking, Account.TAX_PAYABLE) == held(booking, Account.RECEIVABLE) == held(booking, Account.UNEARNED) == 0
    )
    assert not Allocation.objects.filter(unit=listing.unit).exists()
    mark_no_show(actor=SYSTEM, booking_id=booking.pk)
    assert hold(listing, arrive_in=1, nights=2).state == "held"
    assert broken_promises() == []


@pytest.mark.parametrize(
    ("terms", "paid"), [("at_property", 0), ("deposit", 9_000), ("online", 30_000)], ids=["there", "deposit", "online"]
)
def test_a_no_show_costs_the_same_however_it_was_to_be_paid(terms: str, paid: int) -> None:
    listing = ListingFactory(payment_terms=terms, rate_plan__deposit_basis_points=3_000)
    booking = confirmed(listing, arrive_in=1)[0] if paid else hold(listing, arrive_in=1)
    go_to(booking, hours=10)
    booking = mark_no_show(actor=SYSTEM, booking_id=booking.pk)
    balance = folio_balance(booking.folio_id)
    assert (booking.fee_minor, balance.settled.minor, balance.owed.minor) == (30_000, paid, 30_000 - paid)
    assert held(booking, Account.CANCELLATION_REVENUE) == -30_000
    assert held(booking, Account.RECEIVABLE) == 30_000 - paid
    assert broken_promises() == []


def test_what_a_no_show_owes_can_be_paid_and_more_goes_back() -> None:
    booking = hold(ListingFactory(payment_terms=Listing.PaymentTerms.AT_PROPERTY), arrive_in=1)
    go_to(booking, hours=10)
    booking = mark_no_show(actor=SYSTEM, booking_id=booking.pk)
    for expected_back in (0, 30_000):
        payment = open_attempt(booking)
        payment.amount_minor = booking.total_minor
        payment.save(update_fields=["amount_minor"])
        money_comes(payment)
        assert folio_balance(booking.folio_id).owed.is_zero
        refunds = Refund.objects.system("test").filter(folio_id=booking.folio_id)
        assert sum(refunds.values_list("amount_minor", flat=True)) == expected_back
    assert broken_promises() == []


def two_stays(listing: Listing, later: Listing, *, after: int = 20) -> Booking:
    """One now, one some weeks later, in one booking."""
    items = [stay(listing, arrive_in=1), stay(later, arrive_in=after)]
    booking = hold_booking(actor=Actor.of(UserFactory()), items=items)
    if booking.due_now_minor:
        money_comes(open_attempt(booking))
    booking.refresh_from_db()
    return booking


@pytest.mark.parametrize(("terms", "back", "owed"), [("online", 30_000, 0), ("at_property", 0, 30_000)])
def test_of_a_no_show_what_the_terms_do_not_keep_goes_back_or_is_not_owed(terms: str, back: int, owed: int) -> None:
    listing = ListingFactory(payment_terms=terms)
    booking = two_stays(listing, ListingFactory(company=listing.company, payment_terms=terms))
    go_to(booking, hours=10)
    booking = mark_no_show(actor=SYSTEM, booking_id=booking.pk)
    refunds = Refund.objects.system("test").filter(folio_id=booking.folio_id).values_list("amount_minor", flat=True)
    assert (booking.fee_minor, booking.refund_minor, sum(refunds)) == (30_000, back, back)
    assert folio_balance(booking.folio_id).owed.minor == owed
    assert broken_promises() == []


def test_the_checker_finds_a_stay_that_was_earned_too_early() -> None:
    booking = booked()
    entry = ledger.stay_earned(Money(100, "USD"))
    post_entry(folio=booking.folio, key="too early", entry=entry, occurred_at=clock.now())
    assert "stays_are_earned_when_they_are_over" in broken_promises()


def test_the_checker_finds_a_stay_that_is_over_and_was_not_earned() -> None:
    booking = booked()
    Booking.objects.company(booking.company_id).update(state="completed")
    assert broken_promises() == ["stays_are_earned_when_they_are_over"]


def test_a_balance_can_be_paid_after_the_departure() -> None:
    booking = hold(ListingFactory(payment_terms=Listing.PaymentTerms.AT_PROPERTY), arrive_in=1)
    go_to(booking, days=4)
    complete_due_stays()
    payment = open_attempt(booking)
    payment.amount_minor = booking.total_minor
    payment.save(update_fields=["amount_minor"])
    money_comes(payment)
    assert held(booking, Account.RECEIVABLE) == 0
    assert broken_promises() == []


def test_the_desk_belongs_to_the_company() -> None:
    booking = booked()
    go_to(booking)
    for actor in (Actor.of(booking.booker), Actor.of(MembershipFactory(role="admin").user)):
        for act in (check_in_booking, undo_check_in, check_out_booking, undo_check_out, mark_no_show):
            with pytest.raises(NotFound):
                act(actor=actor, booking_id=booking.pk)
    host = Actor.of(MembershipFactory(company=booking.company, role="host").user)
    assert check_in_booking(actor=host, booking_id=booking.pk).state == "in_house"
