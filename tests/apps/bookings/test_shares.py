"""Several people pay for one hold: confirmed when all of it has come, and everybody's money back when it has not."""

import pytest

from freehold.bookings.models import Booking
from freehold.bookings.pay_links import find_payable
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.expire_booking import expire_booking
from freehold.bookings.services.extend_hold import extend_hold
from freehold.bookings.services.split_payment import Share, split_payment
from freehold.bookings.services.start_payment import payment_options
from freehold.bookings.services.take_back_pay_link import take_back_pay_link
from freehold.bookings.types import ItemChange
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, NotFound
from freehold.core.models import OutboxMessage
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.domain.shares import LinkState
from freehold.finance.selectors import folio_balance
from freehold.inventory.errors import ClaimLapsed
from freehold.inventory.models import Allocation
from freehold.payments.models import PayLink, Payment, Refund
from freehold.payments.pay_links import get_link, links_of, state_of, token_of
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import SYSTEM, hold, money_comes, open_attempt
from tests.support.promises import broken_promises
from tests.support.stays import let_the_hold_lapse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def promises_hold() -> object:
    yield
    assert broken_promises() == []


def split(booking: Booking, *minors: int, shares: int = 3) -> list[PayLink]:
    wanted = [Share(Money(minor, booking.currency)) for minor in minors] or [Share()] * shares
    return split_payment(actor=Actor.of(booking.booker), booking_id=booking.pk, shares=wanted)


def pay(booking: Booking, link: PayLink) -> Payment:
    payment = open_attempt(booking, link=link)
    money_comes(payment)
    booking.refresh_from_db()
    return payment


def refunds(booking: Booking) -> dict[object, int]:
    rows = Refund.objects.system("test").filter(folio_id=booking.folio_id)
    return dict(rows.values_list("payment_id", "amount_minor"))


def states(booking: Booking) -> list[LinkState]:
    return [state_of(link) for link in links_of(booking.folio_id)]


class TestTheWayToConfirmation:
    def test_a_booking_is_confirmed_by_the_last_share_and_not_before(self) -> None:
        booking = hold(ListingFactory())
        links = split(booking)
        assert sum(link.amount_minor for link in links) == booking.due_now_minor
        for link in links[:2]:
            pay(booking, link)
            assert booking.state in ("held", "pending_payment")
        assert states(booking) == [LinkState.PAID, LinkState.PAID, LinkState.OPEN]
        pay(booking, links[2])
        assert booking.state == "confirmed"
        assert folio_balance(booking.folio_id).settled.minor == booking.due_now_minor
        assert refunds(booking) == {}
        assert OutboxMessage.objects.filter(event="BookingConfirmed").count() == 1

    def test_who_has_paid_a_share_keeps_others_from_nothing(self) -> None:
        """The attempts of the others stay open until nothing is missing any more."""
        booking = hold(ListingFactory())
        links = split(booking)
        others = [open_attempt(booking, link=link) for link in links[1:]]
        pay(booking, links[0])
        assert not OutboxMessage.objects.filter(event="PaymentCloseRequested").exists()
        for other in others:
            money_comes(other)
        booking.refresh_from_db()
        assert booking.state == "confirmed"

    def test_the_booker_pays_what_is_missing_and_the_open_shares_are_over(self) -> None:
        booking = hold(ListingFactory())
        links = split(booking)
        pay(booking, links[0])
        rest, _ = payment_options(actor=Actor.of(booking.booker), booking_id=booking.pk)
        assert rest.minor == booking.due_now_minor - links[0].amount_minor
        begun = open_attempt(booking, link=links[1])
        payment = open_attempt(booking)
        Payment.objects.system("test").filter(pk=payment.pk).update(amount_minor=rest.minor)
        payment.refresh_from_db()
        money_comes(payment)
        booking.refresh_from_db()
        assert booking.state == "confirmed"
        assert states(booking) == [LinkState.PAID, LinkState.REVOKED, LinkState.REVOKED]
        closed = OutboxMessage.objects.filter(event="PaymentCloseRequested").values_list("payload", flat=True)
        assert {row["payment_id"] for row in closed} == {str(begun.pk)}

    def test_a_share_that_was_taken_over_and_paid_all_the_same_goes_back(self) -> None:
        booking = hold(ListingFactory())
        links = split(booking, shares=2)
        late = open_attempt(booking, link=links[1])
        pay(booking, links[0])
        again = split(booking, booking.due_now_minor - links[0].amount_minor - 100, 100)
        for link in again:
            pay(booking, link)
        assert booking.state == "confirmed"
        money_comes(late)
        assert refunds(booking) == {late.pk: late.amount_minor}

    def test_one_link_is_paid_once(self) -> None:
        """The second attempt was begun when the first had been given up, and both were paid."""
        booking = hold(ListingFactory())
        link = split(booking)[0]
        given_up = open_attempt(booking, link=link)
        Payment.objects.system("test").filter(pk=given_up.pk).update(state=PaymentState.CANCELLED)
        pay(booking, link)
        money_comes(given_up)
        assert refunds(booking) == {given_up.pk: given_up.amount_minor}
        booking.refresh_from_db()
        assert booking.state in ("held", "pending_payment")


class TestWhenOneFails:
    def test_a_declined_share_keeps_the_hold_and_the_money_of_the_others(self) -> None:
        booking = hold(ListingFactory())
        links = split(booking, shares=2)
        pay(booking, links[0])
        failed = open_attempt(booking, link=links[1])
        money_comes(failed, 0, state=PaymentState.FAILED)
        booking.refresh_from_db()
        assert (booking.state, refunds(booking)) == ("held", {})
        pay(booking, links[1])
        assert booking.state == "confirmed"

    def test_when_the_hold_runs_out_everybody_gets_their_own_money_back_once(self) -> None:
        listing = ListingFactory()
        booking = hold(listing)
        paid = [pay(booking, link) for link in split(booking)[:2]]
        let_the_hold_lapse()
        assert expire_booking(booking_id=booking.pk)
        assert not expire_booking(booking_id=booking.pk)
        assert refunds(booking) == {payment.pk: payment.amount_minor for payment in paid}
        assert states(booking) == [LinkState.RETURNED, LinkState.RETURNED, LinkState.REVOKED]
        assert OutboxMessage.objects.filter(event="PaymentSentBack").count() == 2
        assert not Allocation.objects.filter(unit=listing.unit).exists()

    def test_the_share_that_comes_after_the_hold_goes_back_too(self) -> None:
        booking = hold(ListingFactory())
        links = split(booking, shares=2)
        late = open_attempt(booking, link=links[1])
        first = pay(booking, links[0])
        let_the_hold_lapse()
        expire_booking(booking_id=booking.pk)
        money_comes(late)
        booking.refresh_from_db()
        assert booking.state == "expired"
        assert refunds(booking) == {first.pk: first.amount_minor, late.pk: late.amount_minor}

    def test_the_last_share_books_again_while_nobody_has_swept_the_hold(self) -> None:
        booking = hold(ListingFactory())
        links = split(booking, shares=2)
        late = open_attempt(booking, link=links[1])
        pay(booking, links[0])
        let_the_hold_lapse()
        money_comes(late)
        booking.refresh_from_db()
        assert (booking.state, refunds(booking)) == ("confirmed", {})

    def test_a_share_that_comes_late_and_is_not_the_last_goes_back(self) -> None:
        booking = hold(ListingFactory())
        late = open_attempt(booking, link=split(booking)[0])
        let_the_hold_lapse()
        money_comes(late)
        assert refunds(booking) == {late.pk: late.amount_minor}
        expire_booking(booking_id=booking.pk)

    def test_when_the_space_is_gone_the_last_share_and_all_others_go_back(self) -> None:
        listing = ListingFactory()
        booking = hold(listing)
        links = split(booking, shares=2)
        late = open_attempt(booking, link=links[1])
        first = pay(booking, links[0])
        let_the_hold_lapse()
        hold(listing)
        money_comes(late)
        expire_booking(booking_id=booking.pk)
        assert refunds(booking) == {first.pk: first.amount_minor, late.pk: late.amount_minor}

    def test_giving_up_the_hold_returns_all_shares_whole(self) -> None:
        booking = hold(ListingFactory())
        paid = pay(booking, split(booking)[0])
        cancelled = cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
        assert (cancelled.refund_minor, cancelled.fee_minor) == (paid.amount_minor, 0)
        assert refunds(booking) == {paid.pk: paid.amount_minor}


class TestSplitting:
    def test_what_is_unpaid_is_split_anew(self) -> None:
        booking = hold(ListingFactory())
        pay(booking, split(booking)[0])
        again = split(booking, shares=2)
        assert states(booking) == [LinkState.PAID, *[LinkState.REVOKED] * 2, *[LinkState.OPEN] * 2]
        for link in again:
            pay(booking, link)
        assert booking.state == "confirmed"

    @pytest.mark.parametrize(
        ("minors", "code"),
        [((100, 100), "shares_do_not_sum"), ((0, 100), "share_not_positive"), ((100,), "share_count")],
    )
    def test_shares_that_are_not_the_amount_are_refused(self, minors: tuple[int, ...], code: str) -> None:
        booking = hold(ListingFactory())
        with pytest.raises(BadInput) as refused:
            split(booking, *minors)
        assert (refused.value.code, refused.value.errors[0].attr) == (code, "shares")
        assert not PayLink.objects.company(booking.company_id).exists()

    def test_a_share_on_its_way_is_not_taken_over(self) -> None:
        booking = hold(ListingFactory())
        on_its_way = open_attempt(booking, link=split(booking)[0])
        Payment.objects.system("test").filter(pk=on_its_way.pk).update(state=PaymentState.PROCESSING)
        with pytest.raises(Conflict) as refused:
            split(booking)
        assert refused.value.code == "payment_in_progress"

    def test_only_who_has_the_booking_splits_it(self) -> None:
        booking = hold(ListingFactory())
        with pytest.raises(NotFound):
            split_payment(actor=Actor.of(UserFactory()), booking_id=booking.pk, shares=[Share(), Share()])

    def test_a_hold_that_is_over_is_not_split(self) -> None:
        booking = hold(ListingFactory())
        let_the_hold_lapse()
        with pytest.raises(ClaimLapsed):
            split(booking)

    def test_more_time_for_the_hold_is_more_time_for_its_payers(self) -> None:
        booking = hold(ListingFactory())
        link = split(booking)[0]
        longer = extend_hold(actor=Actor.of(booking.booker), booking_id=booking.pk)
        assert find_payable(token_of(link.pk)).expires_at == longer.hold_expires_at

    def test_a_hold_of_which_a_share_was_paid_is_not_changed(self) -> None:
        booking = hold(ListingFactory())
        pay(booking, split(booking)[0])
        item = booking.items.get()
        with pytest.raises(Conflict) as refused:
            change_booking(actor=SYSTEM, booking_id=booking.pk, changes=[ItemChange(item.pk, when=item.when)])
        assert refused.value.code == "partly_paid"

    def test_a_link_that_was_taken_back_is_not_paid(self) -> None:
        booking = hold(ListingFactory())
        link = split(booking)[0]
        assert state_of(take_back_pay_link(actor=Actor.of(booking.booker), link_id=link.pk)) is LinkState.REVOKED
        assert not find_payable(token_of(link.pk)).is_open
        with pytest.raises(NotFound):
            take_back_pay_link(actor=Actor.of(UserFactory()), link_id=link.pk)

    def test_a_paid_link_is_not_taken_back(self) -> None:
        booking = hold(ListingFactory())
        link = split(booking)[0]
        pay(booking, link)
        with pytest.raises(Conflict) as refused:
            take_back_pay_link(actor=Actor.of(booking.booker), link_id=link.pk)
        assert refused.value.code == "already_paid"
        assert state_of(get_link(link.pk)) is LinkState.PAID
