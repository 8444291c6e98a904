"""What a guest sees of the damage deposit, and of money that the bank holds for a request."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from freehold.bookings.models import DamageDeposit
from freehold.bookings.services.end_deposit import claim_deposit
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment
from freehold.properties.models import Listing
from tests.factories import ListingFactory
from tests.support.booked import SYSTEM, confirmed, hold, open_attempt
from tests.support.deposits import arrived, attempt, bank_says, bind_a_sandbox, booked_with_deposit, held

pytestmark = pytest.mark.django_db


@pytest.fixture
def deposit(client: Client) -> DamageDeposit:
    bind_a_sandbox()
    made = booked_with_deposit(arrive_in=3)
    client.force_login(made.booking.booker)
    return made


def at(name: str, reference: str) -> str:
    return reverse(f"site:{name}", args=[reference])


def page(client: Client, name: str, reference: str) -> str:
    answer = client.get(at(name, reference))
    assert answer.status_code == 200
    return str(answer.text)


class TestDeposit:
    def test_the_trip_says_how_much_and_offers_to_leave_it(self, client: Client, deposit: DamageDeposit) -> None:
        text = page(client, "trip", deposit.booking.reference)
        assert "Damage deposit" in text
        assert "Leave the damage deposit" in text
        text = page(client, "deposit", deposit.booking.reference)
        assert "Only held, and not charged: Practice payment" in text

    def test_long_before_the_arrival_it_is_told_when_it_may_be_left(self, client: Client) -> None:
        bind_a_sandbox()
        deposit = booked_with_deposit(arrive_in=40)
        client.force_login(deposit.booking.booker)
        text = page(client, "trip", deposit.booking.reference)
        assert "you may leave it from" in text
        assert "Leave the damage deposit" not in text

    def test_nobody_is_promised_what_the_bank_will_not_do(self, client: Client) -> None:
        bind_a_sandbox()
        deposit = booked_with_deposit(nights=20)
        client.force_login(deposit.booking.booker)
        held(deposit)
        text = page(client, "trip", deposit.booking.reference)
        assert "Your bank holds it until" in text
        assert "It goes back by itself on" not in text

    def test_left_it_is_not_asked_for_again(self, client: Client, deposit: DamageDeposit) -> None:
        held(deposit)
        text = page(client, "trip", deposit.booking.reference)
        assert "Your bank holds it" in text
        assert "Leave the damage deposit" not in text
        assert client.get(at("deposit", deposit.booking.reference)).status_code == 302

    def test_who_comes_back_having_left_it_is_thanked(self, client: Client, deposit: DamageDeposit) -> None:
        attempt(deposit)
        held_now = Payment.objects.system("test").get(folio_id=deposit.folio_id)
        bank_says(held_now, PaymentState.AUTHORIZED)
        answer = client.get(at("deposit_returned", deposit.booking.reference), follow=True)
        assert "the deposit is left" in answer.text

    def test_who_is_thanked_is_promised_nothing_that_the_bank_will_not_do(self, client: Client) -> None:
        bind_a_sandbox()
        deposit = booked_with_deposit(nights=20)
        client.force_login(deposit.booking.booker)
        held(deposit)
        answer = client.get(at("deposit_returned", deposit.booking.reference), follow=True)
        assert "the deposit is left. Your bank holds it until" in answer.text
        assert "goes back by itself after your stay" not in answer.text

    def test_who_comes_back_without_is_told(self, client: Client, deposit: DamageDeposit) -> None:
        bank_says(attempt(deposit), PaymentState.FAILED)
        answer = client.get(at("deposit_returned", deposit.booking.reference), follow=True)
        assert "The deposit was not left" in answer.text

    def test_a_claim_is_told_with_its_reason(self, client: Client, deposit: DamageDeposit) -> None:
        held(deposit)
        arrived(deposit)
        claim_deposit(actor=SYSTEM, deposit_id=deposit.pk, amount=Money(5_000, "USD"), reason="A broken lamp")
        assert "A broken lamp" in page(client, "trip", deposit.booking.reference)

    def test_it_is_told_before_anybody_pays(self, client: Client, deposit: DamageDeposit) -> None:
        booking = hold(ListingFactory(rate_plan__damage_deposit_minor=30_000), booker=deposit.booking.booker)
        text = client.get(reverse("site:guests", args=[booking.pk])).text
        assert "Beside the price you leave a damage deposit of" in text
        shown = client.get(f"/api/v1/bookings/{booking.pk}/").json()
        assert shown["damage_deposit"] == {"amount": "300.00", "currency": "USD"}

    def test_a_trip_without_one_says_nothing_of_it(self, client: Client) -> None:
        booking, _ = confirmed(ListingFactory())
        client.force_login(booking.booker)
        assert "Damage deposit" not in page(client, "trip", booking.reference)
        assert client.get(at("deposit", booking.reference)).status_code == 404


class TestRequest:
    def asked(self, client: Client, **options: Any) -> Any:
        bind_a_sandbox()
        booking = hold(ListingFactory(acceptance=Listing.Acceptance.REQUEST, **options))
        client.force_login(booking.booker)
        return booking

    def test_the_bank_may_hold_the_payment_of_a_request(self, client: Client) -> None:
        booking = self.asked(client, rate_plan__capture="confirmation")
        assert "Let your bank hold the payment" in page(client, "trip", booking.reference)
        assert "taken only if the host says yes" in page(client, "hold_payment", booking.reference)
        payment = open_attempt(booking)
        Payment.objects.system("test").filter(pk=payment.pk).update(capture="manual")
        payment.refresh_from_db()
        bank_says(payment, PaymentState.AUTHORIZED)
        assert "It is taken only if the host says yes" in page(client, "trip", booking.reference)
        answer = client.get(reverse("site:returned", args=[booking.pk]))
        assert answer.url == at("trip", booking.reference)

    def test_where_money_is_taken_at_once_nothing_is_held_before_the_answer(self, client: Client) -> None:
        booking = self.asked(client)
        assert "Let your bank hold" not in page(client, "trip", booking.reference)
        assert client.get(at("hold_payment", booking.reference)).status_code == 302
