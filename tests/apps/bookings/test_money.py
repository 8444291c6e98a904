"""What becomes of money: a booking, a settlement, or a refund. Never nothing."""

from datetime import timedelta

import pytest

from freehold.bookings.models import Booking
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.expire_booking import expire_booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.preview_refund import preview_refund
from freehold.bookings.services.start_payment import start_booking_payment
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, NotFound
from freehold.core.models import OutboxMessage
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.finance.models import Posting, Receivable
from freehold.finance.selectors import folio_balance
from freehold.inventory.models import Allocation
from freehold.payments.models import Refund, ReviewItem
from freehold.payments.services.refund_reviewed import refund_reviewed
from freehold.payments.services.resolve_review import resolve_review
from freehold.properties.models import Listing
from tests.factories import CancellationPolicyFactory, ListingFactory, MembershipFactory, UserFactory
from tests.support.booked import SYSTEM, confirmed, hold, money_comes, open_attempt
from tests.support.promises import broken_promises
from tests.support.slots import a_slot, slot_listing
from tests.support.stays import let_the_hold_lapse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def promises_hold() -> object:
    yield
    assert broken_promises() == []


def refunds_of(booking: Booking) -> list[Refund]:
    return list(Refund.objects.system("test").filter(folio_id=booking.folio_id))


def account(booking: Booking, code: str) -> int:
    return sum(
        Posting.objects.filter(entry__folio_id=booking.folio_id, account__code=code).values_list(
            "amount_minor", flat=True
        )
    )


def test_money_for_a_live_hold_confirms_the_booking() -> None:
    booking, _ = confirmed(ListingFactory())
    assert booking.state == "confirmed"
    assert Receivable.objects.company(booking.company_id).get().settled_minor == booking.total_minor
    assert account(booking, "gateway_clearing") == booking.total_minor
    assert account(booking, "receivable") == 0
    assert OutboxMessage.objects.filter(event="BookingConfirmed").count() == 1


def test_the_same_news_twice_confirms_and_tells_once() -> None:
    booking, payment = confirmed(ListingFactory())
    money_comes(payment)
    money_comes(payment)
    assert OutboxMessage.objects.filter(event="BookingConfirmed").count() == 1
    assert account(booking, "gateway_clearing") == booking.total_minor
    assert refunds_of(booking) == []


def test_late_payment_confirms_while_nobody_took_the_space() -> None:
    booking = hold(ListingFactory())
    payment = open_attempt(booking)
    let_the_hold_lapse()
    money_comes(payment)
    booking.refresh_from_db()
    assert booking.state == "confirmed"


def test_late_payment_rebooks_when_free() -> None:
    listing = ListingFactory()
    booking = hold(listing)
    payment = open_attempt(booking)
    let_the_hold_lapse()
    expire_booking(booking_id=booking.pk)
    money_comes(payment)
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    assert Allocation.objects.filter(unit=listing.unit).count() == 1
    assert refunds_of(booking) == []


@pytest.mark.parametrize("swept", [True, False], ids=["swept", "not yet swept"])
def test_late_payment_goes_back_once_when_the_space_was_taken(swept: bool) -> None:
    listing = ListingFactory()
    booking = hold(listing)
    payment = open_attempt(booking)
    let_the_hold_lapse()
    if swept:
        expire_booking(booking_id=booking.pk)
    hold(listing)
    money_comes(payment)
    money_comes(payment)
    (refund,) = refunds_of(booking)
    assert refund.amount_minor == booking.total_minor
    assert refund.key.startswith(f"late:{payment.pk}")
    assert account(booking, "refunds_payable") == -booking.total_minor
    assert OutboxMessage.objects.filter(event="PaymentSentBack").count() == 1
    expire_booking(booking_id=booking.pk)


@pytest.mark.parametrize("swept", [True, False], ids=["swept", "not yet swept"])
def test_late_payment_goes_back_when_the_first_night_has_passed(swept: bool) -> None:
    """The space is free, but a guest who could not book these nights now does not get them either."""
    booking = hold(ListingFactory(), arrive_in=2)
    payment = open_attempt(booking)
    clock.move(timedelta(days=4))
    if swept:
        expire_booking(booking_id=booking.pk)
    money_comes(payment)
    (refund,) = refunds_of(booking)
    assert refund.amount_minor == booking.total_minor
    assert "the first night has passed" in refund.reason
    expire_booking(booking_id=booking.pk)
    booking.refresh_from_db()
    assert booking.state == "expired"


@pytest.mark.parametrize("swept", [True, False], ids=["swept", "not yet swept"])
def test_late_payment_goes_back_when_the_slot_has_begun(swept: bool) -> None:
    """Its day is not over, but nobody could book this slot any more."""
    booking = hold_booking(actor=Actor.of(UserFactory()), items=[a_slot(slot_listing(), ahead=3)])
    payment = open_attempt(booking)
    clock.move(booking.starts_at - clock.database_now() + timedelta(minutes=5))
    if swept:
        expire_booking(booking_id=booking.pk)
    money_comes(payment)
    (refund,) = refunds_of(booking)
    assert refund.amount_minor == booking.total_minor
    expire_booking(booking_id=booking.pk)
    booking.refresh_from_db()
    assert booking.state == "expired"


def test_a_second_payment_of_a_paid_booking_goes_back() -> None:
    booking = hold(ListingFactory())
    first = open_attempt(booking)
    first.state = PaymentState.EXPIRED
    first.save()
    second = open_attempt(booking)
    money_comes(second)
    money_comes(first)
    (refund,) = refunds_of(booking)
    assert refund.payment_id == first.pk
    assert refund.amount_minor == booking.total_minor


def test_a_payment_that_was_paid_twice_keeps_one_of_them() -> None:
    booking = hold(ListingFactory())
    payment = open_attempt(booking)
    money_comes(payment)
    money_comes(payment, booking.total_minor, booking.total_minor)
    (refund,) = refunds_of(booking)
    assert refund.amount_minor == booking.total_minor
    money_comes(payment, booking.total_minor, booking.total_minor, booking.total_minor)
    assert sum(r.amount_minor for r in refunds_of(booking)) == 2 * booking.total_minor


def test_money_that_is_not_what_was_asked_waits_for_a_person_and_is_not_asked_for_again() -> None:
    booking = hold(ListingFactory())
    payment = open_attempt(booking)
    money_comes(payment, booking.total_minor - 1_000)
    booking.refresh_from_db()
    assert booking.state in {"held", "pending_payment"}
    with pytest.raises(Conflict) as refusal:
        start_booking_payment(
            actor=Actor.of(booking.booker),
            booking_id=booking.pk,
            provider="sandbox",
            return_url="https://example.com/",
        )
    assert refusal.value.code == "payment_in_review"
    item = ReviewItem.objects.get(payment=payment, resolved_at=None)
    with pytest.raises(Conflict) as refusal:
        resolve_review(actor=SYSTEM, item_id=item.pk, resolution="looked at it")
    assert refusal.value.code == "money_undecided"
    refund_reviewed(actor=SYSTEM, item_id=item.pk)
    item.refresh_from_db()
    assert item.resolved_at is not None


def test_money_for_a_cancelled_hold_goes_back() -> None:
    booking = hold(ListingFactory())
    payment = open_attempt(booking)
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    money_comes(payment)
    (refund,) = refunds_of(booking)
    assert refund.amount_minor == booking.total_minor
    booking.refresh_from_db()
    assert booking.state == "cancelled"


def test_a_deposit_confirms_and_the_balance_settles_later() -> None:
    listing = ListingFactory(payment_terms=Listing.PaymentTerms.DEPOSIT, rate_plan__deposit_basis_points=3_000)
    booking, _ = confirmed(listing)
    assert booking.state == "confirmed"
    balance = open_attempt(booking)
    balance.amount_minor = booking.total_minor - booking.due_now_minor
    balance.save()
    money_comes(balance)
    assert refunds_of(booking) == []
    assert account(booking, "receivable") == 0


def test_cancelling_gives_back_exactly_what_was_shown() -> None:
    booking, payment = confirmed(ListingFactory(rate_plan__cleaning_fee_minor=5_000), arrive_in=3)
    shown = preview_refund(actor=Actor.of(booking.booker), booking_id=booking.pk)
    assert 0 < shown.refund.minor < booking.total_minor
    cancelled = cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    (refund,) = refunds_of(booking)
    assert cancelled.refund_minor == refund.amount_minor == shown.refund.minor
    assert cancelled.fee_minor == shown.fee.minor
    assert refund.payment_id == payment.pk
    assert account(booking, "receivable") == 0
    assert account(booking, "cancellation_revenue") == -shown.fee.minor
    assert account(booking, "unearned") == account(booking, "tax_payable") == 0


def test_a_refund_that_is_not_what_was_shown_cancels_nothing() -> None:
    booking, _ = confirmed(ListingFactory())
    shown = preview_refund(actor=SYSTEM, booking_id=booking.pk).refund
    with pytest.raises(Conflict) as refusal:
        cancel_booking(actor=SYSTEM, booking_id=booking.pk, expected_refund=Money(shown.minor + 1, "USD"))
    assert refusal.value.code == "refund_changed"
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    assert cancel_booking(actor=SYSTEM, booking_id=booking.pk, expected_refund=shown).refund_minor == shown.minor


def test_asking_after_the_cancellation_shows_what_was_given_back() -> None:
    """Not a share of the fee that was kept."""
    booking, _ = confirmed(ListingFactory(), arrive_in=3)
    actor = Actor.of(booking.booker)
    shown = preview_refund(actor=actor, booking_id=booking.pk)
    cancel_booking(actor=actor, booking_id=booking.pk)
    clock.move(timedelta(days=1))
    again = preview_refund(actor=actor, booking_id=booking.pk)
    assert (again.refund, again.fee, again.policy) == (shown.refund, shown.fee, shown.policy)
    assert shown.fee.is_positive


def test_a_stay_that_is_over_is_not_cancelled_and_still_owed() -> None:
    booking = hold(ListingFactory(payment_terms=Listing.PaymentTerms.AT_PROPERTY), arrive_in=2, nights=1)
    clock.move(timedelta(days=4))
    with pytest.raises(Conflict) as refused:
        cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    assert refused.value.code == "not_cancellable"
    assert folio_balance(booking.folio_id).owed.minor == booking.total_minor


def test_cancelling_twice_refunds_once() -> None:
    booking, _ = confirmed(ListingFactory())
    actor = Actor.of(booking.booker)
    cancel_booking(actor=actor, booking_id=booking.pk)
    again = cancel_booking(actor=actor, booking_id=booking.pk)
    assert again.state == "cancelled"
    assert len(refunds_of(booking)) == 1
    assert OutboxMessage.objects.filter(event="BookingCancelled").count() == 1


def test_a_policy_without_refund_gives_back_nothing() -> None:
    listing = ListingFactory()
    plan = listing.rate_plan
    plan.cancellation_policy = CancellationPolicyFactory(company=listing.company, tiers=[])
    plan.save()
    booking, _ = confirmed(listing)
    cancelled = cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    assert cancelled.refund_minor == 0
    assert cancelled.fee_minor == booking.total_minor
    assert refunds_of(booking) == []


def test_the_terms_are_those_of_the_day_of_booking() -> None:
    listing = ListingFactory()
    booking, _ = confirmed(listing)
    policy = listing.rate_plan.cancellation_policy
    policy.tiers = []
    policy.save()
    assert preview_refund(actor=SYSTEM, booking_id=booking.pk).refund.minor == booking.total_minor


def test_a_cancelled_stay_can_be_sold_again() -> None:
    listing = ListingFactory()
    booking, _ = confirmed(listing)
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    assert hold(listing).state == "held"


def test_an_expired_hold_cannot_be_cancelled() -> None:
    booking = hold(ListingFactory())
    let_the_hold_lapse()
    with pytest.raises(Conflict):
        cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    expire_booking(booking_id=booking.pk)


def test_after_arrival_nothing_goes_back() -> None:
    booking, _ = confirmed(ListingFactory(), arrive_in=2)
    clock.move(timedelta(days=3))
    assert preview_refund(actor=SYSTEM, booking_id=booking.pk).refund.minor == 0


def test_staff_of_the_company_may_cancel_and_strangers_see_nothing() -> None:
    booking, _ = confirmed(ListingFactory())
    colleague = MembershipFactory(company=booking.company, role="host").user
    foreign = MembershipFactory(role="admin").user
    for stranger in (foreign, UserFactory()):
        with pytest.raises(NotFound):
            cancel_booking(actor=Actor.of(stranger), booking_id=booking.pk)
    assert cancel_booking(actor=Actor.of(colleague), booking_id=booking.pk).cancelled_by == f"user:{colleague.pk}"
