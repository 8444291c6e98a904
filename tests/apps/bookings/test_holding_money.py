"""Authorise, then capture: what the guest's bank holds confirms, waits, is taken, or is let go. Never forgotten."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from freehold.bookings.models import Booking
from freehold.bookings.pay_links import find_payable
from freehold.bookings.services.accept_request import accept_request
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.check_in_booking import check_in_booking
from freehold.bookings.services.choose_capture import who_holds
from freehold.bookings.services.decline_request import decline_request
from freehold.bookings.services.expire_booking import expire_due_bookings
from freehold.bookings.services.hold_money import take_held_money
from freehold.bookings.services.mark_no_show import mark_no_show
from freehold.bookings.services.send_pay_link import send_pay_link
from freehold.bookings.services.split_payment import Share, split_payment
from freehold.bookings.services.start_payment import payment_options
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.core.models import OutboxMessage
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.finance.models import Posting
from freehold.finance.selectors import folio_balance
from freehold.payments.models import Payment, Refund, ReviewItem
from freehold.payments.pay_links import token_of
from freehold.payments.services.let_go import let_go
from freehold.payments.services.record_money import record_money
from freehold.payments.services.request_capture import capture_payment, request_capture
from freehold.payments.services.warn_of_ending import warn_of_ending_authorizations
from freehold.properties.models import Listing
from tests.factories import ListingFactory, MembershipFactory
from tests.support.booked import SYSTEM, hold, money_comes, open_attempt
from tests.support.deposits import bank_says, bind_a_sandbox
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def promises_hold() -> object:
    bind_a_sandbox()
    yield
    assert broken_promises() == []


def holding(capture: str, **options: Any) -> tuple[Booking, Payment]:
    """A booking of a place that has money held first, and the guest's attempt."""
    asks = options.pop("asks", False)
    acceptance = Listing.Acceptance.REQUEST if asks else Listing.Acceptance.INSTANT
    booking = hold(ListingFactory(rate_plan__capture=capture, acceptance=acceptance), **options)
    payment = open_attempt(booking)
    Payment.objects.system("test").filter(pk=payment.pk).update(capture="manual")
    payment.refresh_from_db()
    return booking, payment


def captures() -> int:
    return OutboxMessage.objects.filter(event="CaptureRequested").count()


def closings(payment: Payment) -> int:
    asked = OutboxMessage.objects.filter(event="PaymentCloseRequested")
    return asked.filter(payload__payment_id=str(payment.pk)).count()


def bank_balance(booking: Booking) -> int:
    lines = Posting.objects.filter(entry__folio_id=booking.folio_id, account__code="gateway_clearing")
    return sum(lines.values_list("amount_minor", flat=True))


def again(row: Any) -> Any:
    row.refresh_from_db()
    return row


class TestRequests:
    def test_what_is_held_waits_for_the_host(self) -> None:
        booking, payment = holding("confirmation", asks=True)
        bank_says(payment, PaymentState.AUTHORIZED)
        assert (again(booking).state, again(payment).capture_minor, captures()) == ("requested", None, 0)

    def test_yes_takes_what_is_held_and_that_confirms(self) -> None:
        booking, payment = holding("confirmation", asks=True)
        bank_says(payment, PaymentState.AUTHORIZED)
        accept_request(actor=SYSTEM, booking_id=booking.pk)
        assert (again(booking).state, again(payment).capture_minor, captures()) == ("held", payment.amount_minor, 1)
        money_comes(payment)
        assert again(booking).state == "confirmed"
        assert bank_balance(booking) == booking.total_minor

    def test_no_lets_it_go(self) -> None:
        booking, payment = holding("confirmation", asks=True)
        bank_says(payment, PaymentState.AUTHORIZED)
        decline_request(actor=SYSTEM, booking_id=booking.pk)
        assert again(payment).let_go_at is not None
        with pytest.raises(Conflict):
            request_capture(payment_id=payment.pk)

    def test_no_answer_lets_it_go(self) -> None:
        _booking, payment = holding("confirmation", asks=True)
        bank_says(payment, PaymentState.AUTHORIZED)
        clock.move(timedelta(days=2))
        assert expire_due_bookings() == 1
        assert again(payment).let_go_at is not None

    def test_held_after_the_answer_was_due_it_is_let_go(self) -> None:
        _booking, payment = holding("confirmation", asks=True)
        clock.move(timedelta(days=2))
        bank_says(payment, PaymentState.AUTHORIZED)
        assert again(payment).let_go_at is not None
        expire_due_bookings()

    def test_what_can_not_be_taken_any_more_confirms_nothing_and_the_guest_is_asked_to_pay(self) -> None:
        booking, payment = holding("confirmation", asks=True)
        bank_says(payment, PaymentState.AUTHORIZED)
        accept_request(actor=SYSTEM, booking_id=booking.pk)
        bank_says(payment, PaymentState.CANCELLED)
        assert again(booking).state == "held"
        assert OutboxMessage.objects.filter(event="RequestAccepted").count() == 2
        money_comes(open_attempt(booking))
        assert again(booking).state == "confirmed"

    def test_a_request_is_paid_only_where_it_can_be_held(self) -> None:
        due = Money(10_000, "USD")
        booking, _ = holding("confirmation", asks=True)
        assert set(who_holds(booking, due)) >= {"sandbox"}
        charged_at_once = hold(ListingFactory(acceptance=Listing.Acceptance.REQUEST))
        assert who_holds(charged_at_once, due) == {}


class TestHolds:
    def test_where_the_space_is_sure_the_money_is_taken(self) -> None:
        booking, payment = holding("confirmation")
        bank_says(payment, PaymentState.AUTHORIZED)
        assert (again(booking).state, again(payment).capture_minor) == ("held", payment.amount_minor)
        money_comes(payment)
        assert again(booking).state == "confirmed"

    def test_held_too_late_it_is_let_go_instead_of_refunded(self) -> None:
        _booking, payment = holding("confirmation")
        clock.move(timedelta(hours=1))
        bank_says(payment, PaymentState.AUTHORIZED)
        assert again(payment).let_go_at is not None
        expire_due_bookings()
        assert not Refund.objects.system("test").exists()

    @pytest.mark.parametrize("capture", ["check_in", "by_hand"])
    def test_held_until_the_arrival_confirms(self, capture: str) -> None:
        booking, payment = holding(capture, arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        assert (again(booking).state, again(payment).capture_minor) == ("confirmed", None)
        assert bank_balance(booking) == 0

    def test_what_would_run_out_before_the_arrival_is_taken_at_once(self) -> None:
        booking, payment = holding("check_in", arrive_in=30)
        bank_says(payment, PaymentState.AUTHORIZED)
        assert (again(booking).state, again(payment).capture_minor) == ("held", payment.amount_minor)
        money_comes(payment)

    def test_a_cancellation_lets_go_what_was_only_held(self) -> None:
        booking, payment = holding("by_hand", arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        cancelled = cancel_booking(actor=SYSTEM, booking_id=booking.pk)
        assert (again(payment).let_go_at is not None, cancelled.refund_minor) == (True, 0)


class TestWithOtherMoney:
    def test_a_part_that_is_paid_otherwise_leaves_what_is_held_and_the_rest_is_taken(self) -> None:
        booking, payment = holding("check_in", arrive_in=3)
        link = send_pay_link(actor=Actor.of(booking.booker), booking_id=booking.pk, amount=Money(1_000, "USD"))
        begun = open_attempt(booking, link=link)
        bank_says(payment, PaymentState.AUTHORIZED)
        money_comes(begun)
        assert (again(payment).let_go_at, closings(payment)) == (None, 0)
        clock.move(booking.starts_at - clock.now())
        check_in_booking(actor=SYSTEM, booking_id=booking.pk)
        assert again(payment).capture_minor == booking.total_minor - 1_000
        money_comes(payment, booking.total_minor - 1_000)
        assert not folio_balance(booking.folio_id).owed.minor
        assert not Refund.objects.system("test").exists()

    def test_when_all_is_paid_otherwise_nothing_stays_held(self) -> None:
        booking, payment = holding("check_in", arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        whole = Money(booking.total_minor, booking.currency)
        record_money(actor=SYSTEM, folio_id=booking.folio_id, method="cash", amount=whole, reference="receipt 1")
        assert closings(payment) == 1
        bank_says(payment, PaymentState.CANCELLED)
        assert not ReviewItem.objects.exists()

    def test_what_is_let_go_though_the_booking_stands_on_it_is_seen_by_a_person(self) -> None:
        booking, payment = holding("check_in", arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        let_go(payments=[again(payment)])
        bank_says(payment, PaymentState.CANCELLED)
        assert again(booking).state == "confirmed"
        assert ReviewItem.objects.get().key == f"authorization_lost:{payment.pk}"

    @pytest.mark.parametrize("capture", ["check_in", "confirmation"])
    def test_less_than_is_missing_confirms_nothing(self, capture: str) -> None:
        booking, payment = holding(capture, arrive_in=3)
        Payment.objects.system("test").filter(pk=payment.pk).update(amount_minor=booking.due_now_minor // 2)
        bank_says(again(payment), PaymentState.AUTHORIZED)
        assert again(booking).state in ("held", "pending_payment")
        assert (again(payment).let_go_at is not None, payment.capture_minor) == (True, None)

    def test_with_what_others_paid_the_rest_is_enough_and_open_shares_are_over(self) -> None:
        booking, payment = holding("check_in", arrive_in=3)
        links = split_payment(actor=Actor.of(booking.booker), booking_id=booking.pk, shares=[Share()] * 3)
        money_comes(open_attempt(booking, link=links[0]))
        missing = booking.due_now_minor - links[0].amount_minor
        Payment.objects.system("test").filter(pk=payment.pk).update(amount_minor=missing)
        bank_says(again(payment), PaymentState.AUTHORIZED)
        assert again(booking).state == "confirmed"
        assert [again(link).revoked_at is None for link in links] == [True, False, False]

    def test_the_checker_counts_how_much_is_held(self) -> None:
        _booking, payment = holding("check_in", arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        rows = Payment.objects.system("test").filter(pk=payment.pk)
        rows.update(amount_minor=payment.amount_minor - 1)
        assert "confirmed_online_bookings_are_paid" in str(broken_promises())
        rows.update(amount_minor=payment.amount_minor)


class TestAskedForOnce:
    def test_who_has_it_held_is_not_asked_for_it_again(self) -> None:
        booking, payment = holding("check_in", arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        booker = Actor.of(booking.booker)
        with pytest.raises(Conflict) as refused:
            payment_options(actor=booker, booking_id=booking.pk)
        assert (refused.value.code, "nothing is to be paid now" in refused.value.detail) == ("money_held", True)
        with pytest.raises(Conflict) as refused:
            send_pay_link(actor=booker, booking_id=booking.pk)
        assert (refused.value.code, "holds" in refused.value.detail) == ("nothing_due", True)

    def test_a_link_asks_a_third_person_only_for_what_is_not_held(self) -> None:
        booking, payment = holding("check_in", arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        # As where a part confirms: of the same booking, less is held than is owed.
        held = Payment.objects.system("test").filter(pk=payment.pk)
        held.update(amount_minor=payment.amount_minor - 4_000)
        link = send_pay_link(actor=Actor.of(booking.booker), booking_id=booking.pk)
        assert link.amount_minor == 4_000
        money_comes(open_attempt(booking, link=link))
        assert again(payment).let_go_at is None

    def test_a_link_from_before_can_not_be_paid_for_what_is_held_now(self) -> None:
        booking, payment = holding("check_in", arrive_in=3)
        link = send_pay_link(actor=Actor.of(booking.booker), booking_id=booking.pk)
        bank_says(payment, PaymentState.AUTHORIZED)
        payable = find_payable(token_of(link.pk))
        assert (payable.missing.minor, payable.is_open) == (0, False)

    def test_the_trip_says_why_there_is_nothing_to_pay(self, client: Client) -> None:
        booking, payment = holding("check_in", arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        client.force_login(booking.booker)
        trip, balance = (reverse(f"site:{page}", args=[booking.reference]) for page in ("trip", "balance"))
        page = client.get(trip).text
        assert (balance in page, "Your bank holds" in page) == (False, True)
        assert client.get(balance)["Location"] == trip


class TestTaken:
    def test_at_check_in(self) -> None:
        booking, payment = holding("check_in", arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        clock.move(booking.starts_at - clock.now())
        check_in_booking(actor=SYSTEM, booking_id=booking.pk)
        check_in_booking(actor=SYSTEM, booking_id=booking.pk)
        assert (again(payment).capture_minor, captures()) == (payment.amount_minor, 1)
        money_comes(payment)
        assert bank_balance(booking) == booking.total_minor

    def test_when_the_stay_begins_though_nobody_tapped(self) -> None:
        booking, payment = holding("check_in", arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        assert take_held_money() == 0
        clock.move(booking.starts_at - clock.now() + timedelta(minutes=1))
        assert (take_held_money(), take_held_money(), captures()) == (1, 0, 1)

    def test_by_hand_once_and_by_those_who_may(self) -> None:
        booking, payment = holding("by_hand", arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        staff = MembershipFactory(company=booking.company, role="staff").user
        for _ in range(2):
            taken = capture_payment(actor=Actor.of(staff), payment_id=payment.pk)
        assert (taken.capture_minor, captures()) == (payment.amount_minor, 1)
        with pytest.raises(Conflict) as refused:
            request_capture(payment_id=payment.pk, amount=Money(1, "USD"))
        assert refused.value.code == "capture_decided"

    def test_never_more_than_is_held(self) -> None:
        _, payment = holding("by_hand", arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        with pytest.raises(BadInput):
            request_capture(payment_id=payment.pk, amount=Money(payment.amount_minor + 1, "USD"))

    def test_somebody_is_told_before_it_runs_out(self) -> None:
        _booking, payment = holding("by_hand", arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        assert warn_of_ending_authorizations() == 0
        clock.move(timedelta(days=6))
        assert (warn_of_ending_authorizations(), warn_of_ending_authorizations()) == (1, 0)
        assert ReviewItem.objects.get().kind == ReviewItem.Kind.AUTHORIZATION_ENDS
        request_capture(payment_id=payment.pk)
        assert ReviewItem.objects.get().resolved_at is not None

    def test_what_ran_out_is_owed_and_a_person_knows(self) -> None:
        booking, payment = holding("by_hand", arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        bank_says(payment, PaymentState.CANCELLED)
        assert again(booking).state == "confirmed"
        assert ReviewItem.objects.get().key.startswith("authorization_lost:")

    def test_of_a_guest_who_never_came_the_terms_are_taken(self) -> None:
        booking, payment = holding("by_hand", arrive_in=3)
        bank_says(payment, PaymentState.AUTHORIZED)
        clock.move(booking.starts_at - clock.now() + timedelta(days=1, hours=12))
        missed = mark_no_show(actor=SYSTEM, booking_id=booking.pk)
        assert again(payment).capture_minor == missed.fee_minor
        money_comes(payment, missed.fee_minor)
        assert bank_balance(booking) == missed.fee_minor
        assert not Refund.objects.system("test").exists()
