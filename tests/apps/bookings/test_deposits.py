"""Damage deposits: agreed, asked for, held or charged, renewed, claimed, and given back."""

from datetime import timedelta

import pytest

from freehold.bookings.deposits import may_be_left
from freehold.bookings.models import Booking, DamageDeposit
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.end_deposit import claim_deposit, release_deposit, waive_deposit
from freehold.bookings.services.leave_deposit import start_deposit_payment
from freehold.bookings.services.tend_deposits import tend_due_deposits
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound
from freehold.core.models import OutboxMessage
from freehold.domain.ledger import Account
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.finance.selectors import account_balances
from freehold.payments.models import Payment, Refund, ReviewItem
from freehold.payments.services.request_capture import capture_payment
from tests.factories import ListingFactory, MembershipFactory, UserFactory
from tests.support.booked import SYSTEM, confirmed, hold, money_comes
from tests.support.deposits import DEPOSIT, arrived, attempt, bank_says, bind_a_sandbox, booked_with_deposit, held
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def promises_hold() -> object:
    bind_a_sandbox()
    yield
    assert broken_promises() == []


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def host_of(deposit: DamageDeposit, role: str = "staff") -> Actor:
    return Actor.of(MembershipFactory(company_id=deposit.company_id, role=role).user)


def books(deposit: DamageDeposit) -> dict[str, int]:
    """What the deposit's account says, without what is zero."""
    return {code.value: money.minor for code, money in account_balances(deposit.folio).items() if money.minor}


def asked_events() -> int:
    return OutboxMessage.objects.filter(event="DepositAsked").count()


def to_arrival(deposit: DamageDeposit, *, days: float = 1) -> None:
    clock.move(deposit.booking.starts_at - timedelta(days=days) - clock.now() + timedelta(minutes=1))


def to_departure(deposit: DamageDeposit, *, days: float = 0) -> None:
    clock.move(deposit.booking.ends_at + timedelta(days=days) - clock.now() + timedelta(minutes=1))


class TestAgreed:
    def test_a_confirmed_booking_has_the_deposit_of_its_terms(self) -> None:
        deposit = booked_with_deposit()
        assert (deposit.state, deposit.amount_minor, deposit.currency) == ("planned", DEPOSIT, "USD")
        assert deposit.folio.reference != deposit.booking.reference
        assert books(deposit) == {}

    def test_a_hold_has_none_yet_and_a_price_without_one_never(self) -> None:
        hold(ListingFactory(rate_plan__damage_deposit_minor=DEPOSIT))
        confirmed(ListingFactory())
        assert not DamageDeposit.objects.system("test").exists()

    def test_terms_that_change_later_change_nothing_that_was_agreed(self) -> None:
        listing = ListingFactory(rate_plan__damage_deposit_minor=DEPOSIT)
        booking = hold(listing)
        listing.rate_plan.damage_deposit_minor = 1
        listing.rate_plan.save()
        assert booking.terms["damage_deposit"]["amount"] == DEPOSIT


class TestAsked:
    def test_the_guest_is_asked_once_shortly_before_arrival(self) -> None:
        deposit = booked_with_deposit()
        assert tend_due_deposits() == 0
        to_arrival(deposit)
        assert (tend_due_deposits(), tend_due_deposits()) == (1, 0)
        deposit.refresh_from_db()
        assert (deposit.state, asked_events()) == ("asked", 1)

    def test_nobody_is_asked_for_a_booking_that_was_cancelled(self) -> None:
        deposit = booked_with_deposit()
        cancel_booking(actor=Actor.of(deposit.booking.booker), booking_id=deposit.booking_id)
        tend_due_deposits()
        deposit.refresh_from_db()
        assert (deposit.state, asked_events()) == ("dropped", 0)

    def test_what_was_never_left_is_dropped_when_the_stay_is_over(self) -> None:
        deposit = booked_with_deposit()
        to_departure(deposit)
        tend_due_deposits()
        deposit.refresh_from_db()
        assert deposit.state == "dropped"

    def test_a_host_may_do_without(self) -> None:
        deposit = booked_with_deposit()
        for _ in range(2):
            assert waive_deposit(actor=host_of(deposit), deposit_id=deposit.pk).state == "waived"
        with pytest.raises(Conflict):
            start_deposit_payment(
                actor=Actor.of(deposit.booking.booker),
                booking_id=deposit.booking_id,
                provider="sandbox",
                return_url="https://example.com/",
            )

    def test_a_stranger_finds_nothing_and_a_hosts_role_may_not_decide(self) -> None:
        deposit = booked_with_deposit()
        with pytest.raises(NotFound):
            release_deposit(actor=Actor.of(UserFactory()), deposit_id=deposit.pk)
        with pytest.raises(AccessDenied):
            waive_deposit(actor=host_of(deposit, "host"), deposit_id=deposit.pk)


class TestHeld:
    def test_what_the_bank_holds_is_no_money_of_ours(self) -> None:
        deposit = booked_with_deposit()
        payment = held(deposit)
        assert (deposit.state, deposit.method, deposit.payment_id) == ("held", "authorization", payment.pk)
        assert deposit.held_until == payment.authorized_until
        assert books(deposit) == {}

    def test_it_goes_back_by_itself_days_after_the_departure(self) -> None:
        deposit = booked_with_deposit(return_days=2)
        to_departure(deposit)
        payment = held(deposit)
        assert tend_due_deposits() == 0
        clock.move(timedelta(days=2))
        assert tend_due_deposits() == 1
        deposit.refresh_from_db()
        payment.refresh_from_db()
        assert deposit.state == "released"
        assert payment.let_go_at is not None
        assert OutboxMessage.objects.filter(event="DepositReleased").count() == 1

    def test_a_cancelled_booking_gives_it_back_at_once(self) -> None:
        deposit = booked_with_deposit()
        payment = held(deposit)
        cancel_booking(actor=Actor.of(deposit.booking.booker), booking_id=deposit.booking_id)
        tend_due_deposits()
        deposit.refresh_from_db()
        payment.refresh_from_db()
        assert (deposit.state, payment.let_go_at is not None) == ("released", True)
        assert not Refund.objects.system("test").filter(folio=deposit.folio).exists()

    def test_what_was_let_go_is_not_held_again_because_the_gateway_is_slower(self) -> None:
        deposit = booked_with_deposit()
        payment = held(deposit)
        release_deposit(actor=host_of(deposit), deposit_id=deposit.pk)
        bank_says(payment, PaymentState.CANCELLED)
        bank_says(payment, PaymentState.AUTHORIZED)
        deposit.refresh_from_db()
        assert (payment.state, deposit.state) == ("cancelled", "released")

    def test_a_hold_that_comes_after_the_end_is_let_go(self) -> None:
        deposit = booked_with_deposit()
        late = attempt(deposit)
        waive_deposit(actor=host_of(deposit), deposit_id=deposit.pk)
        bank_says(late, PaymentState.AUTHORIZED)
        assert late.let_go_at is not None

    def test_when_the_bank_lets_go_people_know(self) -> None:
        deposit = booked_with_deposit()
        payment = held(deposit)
        bank_says(payment, PaymentState.CANCELLED)
        deposit.refresh_from_db()
        assert deposit.state == "lapsed"
        assert ReviewItem.objects.get().kind == ReviewItem.Kind.DEPOSIT_LAPSED
        again = held(deposit)
        assert (deposit.state, deposit.payment_id) == ("held", again.pk)


class TestRenewed:
    def test_the_guest_of_a_long_stay_is_asked_again_before_it_runs_out(self) -> None:
        deposit = booked_with_deposit(nights=20)
        to_arrival(deposit)
        held(deposit)
        clock.move(timedelta(days=3, hours=23))
        assert tend_due_deposits() == 0
        clock.move(timedelta(hours=2))
        assert (tend_due_deposits(), tend_due_deposits()) == (1, 0)
        assert asked_events() == 1
        clock.move(timedelta(hours=25))
        tend_due_deposits()
        assert asked_events() == 2

    def test_the_new_hold_takes_the_place_of_the_old_one(self) -> None:
        deposit = booked_with_deposit(nights=20)
        first = held(deposit)
        second = attempt(deposit)
        bank_says(second, PaymentState.AUTHORIZED)
        first.refresh_from_db()
        deposit.refresh_from_db()
        assert (deposit.payment_id, deposit.state) == (second.pk, "held")
        assert first.let_go_at is not None
        bank_says(first, PaymentState.CANCELLED)
        deposit.refresh_from_db()
        assert deposit.state == "held"

    def test_an_older_hold_that_comes_late_is_let_go(self) -> None:
        deposit = booked_with_deposit()
        older = attempt(deposit)
        Payment.objects.system("test").filter(pk=older.pk).update(state=PaymentState.EXPIRED)
        newer = held(deposit)
        bank_says(older, PaymentState.AUTHORIZED)
        deposit.refresh_from_db()
        assert (deposit.payment_id, older.let_go_at is not None) == (newer.pk, True)


class TestLeftEarly:
    def test_what_the_bank_would_let_go_before_the_arrival_is_not_taken_yet(self) -> None:
        deposit = booked_with_deposit(arrive_in=40)
        assert not may_be_left(deposit, at=clock.now())
        assert may_be_left(deposit, at=deposit.booking.starts_at - timedelta(days=5))


class TestClaimed:
    def test_nothing_is_damaged_before_the_guest_arrives(self) -> None:
        deposit = booked_with_deposit()
        payment = held(deposit)
        with pytest.raises(Conflict) as refused:
            claim_deposit(actor=host_of(deposit), deposit_id=deposit.pk, amount=usd(1), reason="A cup")
        payment.refresh_from_db()
        assert (refused.value.code, payment.capture_minor) == ("not_arrived", None)

    def test_a_part_is_taken_and_the_rest_is_let_go(self) -> None:
        deposit = booked_with_deposit()
        payment = held(deposit)
        actor = host_of(deposit)
        arrived(deposit)
        for _ in range(2):
            claim = claim_deposit(actor=actor, deposit_id=deposit.pk, amount=usd(12_000), reason="A broken lamp")
        payment.refresh_from_db()
        assert (claim.state, payment.capture_minor) == ("claimed", 12_000)
        assert OutboxMessage.objects.filter(event="CaptureRequested").count() == 1
        assert OutboxMessage.objects.filter(event="DepositClaimed").count() == 1
        money_comes(payment, 12_000)
        deposit.refresh_from_db()
        assert (deposit.state, deposit.kept_minor) == ("kept", 12_000)
        assert books(deposit) == {"gateway_clearing": 12_000, "damage_income": -12_000}
        assert not ReviewItem.objects.exists()

    def test_what_was_claimed_is_not_released_and_the_other_way_round(self) -> None:
        claimed, released = booked_with_deposit(), booked_with_deposit()
        held(claimed)
        held(released)
        arrived(released)
        claim_deposit(actor=host_of(claimed), deposit_id=claimed.pk, amount=usd(1), reason="A cup")
        with pytest.raises(Conflict):
            release_deposit(actor=host_of(claimed), deposit_id=claimed.pk)
        release_deposit(actor=host_of(released), deposit_id=released.pk)
        with pytest.raises(Conflict):
            claim_deposit(actor=host_of(released), deposit_id=released.pk, amount=usd(1), reason="A cup")
        with pytest.raises(Conflict) as refused:
            claim_deposit(actor=host_of(claimed), deposit_id=claimed.pk, amount=usd(2), reason="Two cups")
        assert refused.value.code == "already_claimed"

    def test_where_the_provider_takes_all_or_nothing_the_rest_is_refunded(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deposit = booked_with_deposit()
        payment = held(deposit)
        caps = "freehold.bookings.services.end_deposit.gateway_of"
        monkeypatch.setattr(caps, lambda _: type("G", (), {"caps": type("C", (), {"partial_capture": False})})())
        arrived(deposit)
        claim_deposit(actor=host_of(deposit), deposit_id=deposit.pk, amount=usd(12_000), reason="A lamp")
        payment.refresh_from_db()
        assert payment.capture_minor == DEPOSIT
        money_comes(payment)
        deposit.refresh_from_db()
        assert (deposit.state, deposit.kept_minor) == ("kept", 12_000)
        assert Refund.objects.system("test").get(folio=deposit.folio).amount_minor == 18_000
        assert books(deposit) == {
            "gateway_clearing": DEPOSIT,
            "refunds_payable": -18_000,
            "damage_income": -12_000,
        }

    @pytest.mark.parametrize(("minor", "code"), [(0, "amount_not_positive"), (DEPOSIT + 1, "more_than_held")])
    def test_a_claim_of_what_is_not_held_is_refused(self, minor: int, code: str) -> None:
        deposit = booked_with_deposit()
        held(deposit)
        with pytest.raises(BadInput) as refused:
            claim_deposit(actor=host_of(deposit), deposit_id=deposit.pk, amount=usd(minor), reason="A lamp")
        assert refused.value.code == code
        with pytest.raises(BadInput):
            claim_deposit(actor=host_of(deposit), deposit_id=deposit.pk, amount=usd(1), reason="  ")

    def test_a_claim_that_the_bank_cannot_pay_any_more_is_for_a_person(self) -> None:
        deposit = booked_with_deposit()
        payment = held(deposit)
        arrived(deposit)
        claim_deposit(actor=host_of(deposit), deposit_id=deposit.pk, amount=usd(12_000), reason="A lamp")
        bank_says(payment, PaymentState.CANCELLED)
        deposit.refresh_from_db()
        assert (deposit.state, deposit.kept_minor) == ("lapsed", 0)
        assert ReviewItem.objects.get().kind == ReviewItem.Kind.DEPOSIT_LAPSED

    def test_a_deposit_is_not_taken_as_a_payment_is(self) -> None:
        deposit = booked_with_deposit()
        payment = held(deposit)
        with pytest.raises(Conflict) as refused:
            capture_payment(actor=host_of(deposit), payment_id=payment.pk)
        assert refused.value.code == "deposit_is_claimed"


class TestCharged:
    def charged(self) -> tuple[DamageDeposit, Payment]:
        deposit = booked_with_deposit()
        payment = attempt(deposit, capture="automatic")
        money_comes(payment)
        deposit.refresh_from_db()
        return deposit, payment

    def test_what_was_charged_is_owed_back(self) -> None:
        deposit, _ = self.charged()
        assert (deposit.state, deposit.method, deposit.held_until) == ("held", "charge", None)
        assert books(deposit) == {"gateway_clearing": DEPOSIT, "deposits_held": -DEPOSIT}
        booking = Booking.objects.system("test").get(pk=deposit.booking_id)
        assert not Refund.objects.system("test").filter(folio_id=booking.folio_id).exists()

    def test_released_it_is_refunded_once(self) -> None:
        deposit, _ = self.charged()
        actor = host_of(deposit)
        for _ in range(2):
            release_deposit(actor=actor, deposit_id=deposit.pk)
        assert Refund.objects.system("test").get().amount_minor == DEPOSIT
        assert books(deposit) == {"gateway_clearing": DEPOSIT, "refunds_payable": -DEPOSIT}

    def test_claimed_a_part_is_income_and_the_rest_is_refunded(self) -> None:
        deposit, _ = self.charged()
        arrived(deposit)
        claim = claim_deposit(actor=host_of(deposit), deposit_id=deposit.pk, amount=usd(5_000), reason="A lamp")
        assert (claim.state, claim.kept_minor) == ("kept", 5_000)
        assert Refund.objects.system("test").get().amount_minor == DEPOSIT - 5_000
        assert books(deposit) == {
            "gateway_clearing": DEPOSIT,
            "refunds_payable": 5_000 - DEPOSIT,
            "damage_income": -5_000,
        }

    def test_paid_twice_the_second_goes_back(self) -> None:
        deposit, payment = self.charged()
        money_comes(attempt(deposit, capture="automatic"))
        deposit.refresh_from_db()
        assert (deposit.state, deposit.payment_id) == ("held", payment.pk)
        assert Refund.objects.system("test").get().amount_minor == DEPOSIT
        assert books(deposit)["deposits_held"] == -DEPOSIT

    def test_a_cancellation_never_refunds_out_of_the_deposit(self) -> None:
        deposit, payment = self.charged()
        cancel_booking(actor=SYSTEM, booking_id=deposit.booking_id)
        of_the_stay = Refund.objects.system("test").filter(payment=payment)
        assert not of_the_stay.exists()
        tend_due_deposits()
        assert of_the_stay.get().amount_minor == DEPOSIT

    def test_the_account_of_a_deposit_is_a_liability(self) -> None:
        deposit, _ = self.charged()
        assert Account.DEPOSITS_HELD.value in books(deposit)
