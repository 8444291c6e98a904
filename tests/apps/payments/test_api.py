"""Paying through the API, with the gateway at the other end."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.core import clock
from freehold.payments.models import Payment
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.payments.services.retry_refund import retry_refund
from freehold.properties.models import Listing
from tests.apps.payments.shop import SYSTEM, Shop, open_reviews
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import hold
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def guest(client: Client) -> User:
    guest = UserFactory()
    client.force_login(guest)
    return guest


@pytest.fixture
def booking(guest: User) -> Booking:
    return hold(ListingFactory(), booker=guest)


def pay(client: Client, booking: Booking, *, key: str = "", **changes: Any) -> Any:
    body = {"booking_id": str(booking.pk), "provider": "sandbox", "return_url": "https://site.test/back", **changes}
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/v1/payments/", body, content_type="application/json", headers=headers)


def test_a_guest_pays_and_is_confirmed(shop: Shop, client: Client, booking: Booking) -> None:
    answer = pay(client, booking)
    assert answer.status_code == 201
    assert (answer.json()["status"], answer.json()["next_action"]["kind"]) == ("pending", "redirect")
    assert answer.json()["next_action"]["url"].startswith(shop.sandbox.url)

    payment = Payment.objects.system("test").get()
    shop.press(payment, "pay")
    shop.hear(payment)

    shown = client.get(f"/api/v1/payments/{payment.pk}/").json()
    assert (shown["status"], shown["received"]) == ("paid", shown["amount"])
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    assert broken_promises() == []


def test_the_same_key_is_one_payment_and_one_answer(shop: Shop, client: Client, booking: Booking) -> None:
    first, again = pay(client, booking, key="k1"), pay(client, booking, key="k1")
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert pay(client, booking, key="k1", return_url="https://site.test/other").status_code == 422


def test_without_a_key_an_open_payment_is_answered_again(shop: Shop, client: Client, booking: Booking) -> None:
    assert pay(client, booking).json()["id"] == pay(client, booking).json()["id"]


def test_a_guest_who_has_arrived_pays_what_is_due_at_the_property(shop: Shop, client: Client, guest: User) -> None:
    listing = ListingFactory(payment_terms=Listing.PaymentTerms.AT_PROPERTY)
    booking = hold(listing, booker=guest, arrive_in=2)
    assert booking.state == "confirmed"
    clock.move(timedelta(days=3))

    answer = pay(client, booking)

    assert (answer.status_code, answer.json()["next_action"]["kind"]) == (201, "redirect")
    payment = Payment.objects.system("test").get()
    assert payment.expires_at > clock.database_now()
    assert payment.amount_minor == booking.total_minor


@pytest.mark.parametrize(
    "changes",
    [
        {"return_url": "javascript:alert(1)"},
        {"return_url": "//evil.example"},
        {"return_url": "ftp://evil.example/"},
        {"return_url": "https://site.test/" + "x" * 500},
        {"provider": "nobody"},
        {"amount": {"amount": "0.01", "currency": "USD"}},
        {"booking_id": "1"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_bad_input_is_refused(shop: Shop, client: Client, booking: Booking, changes: dict[str, Any]) -> None:
    assert pay(client, booking, **changes).status_code == 400
    assert not Payment.objects.system("test").exists()


def test_a_gateway_that_is_down_is_503_and_the_hold_is_kept(shop: Shop, client: Client, booking: Booking) -> None:
    shop.use(base_url="http://127.0.0.1:9")
    answer = pay(client, booking)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    shop.use()
    assert pay(client, booking).status_code == 201


def test_another_persons_booking_and_payment_are_not_there(shop: Shop, client: Client, booking: Booking) -> None:
    payment_id = pay(client, booking).json()["id"]
    client.force_login(UserFactory())
    assert pay(client, booking).status_code == 404
    assert client.get(f"/api/v1/payments/{payment_id}/").status_code == 404


def test_too_little_money_confirms_nothing_and_waits_for_a_person(shop: Shop, client: Client, booking: Booking) -> None:
    pay(client, booking)
    payment = Payment.objects.system("test").get()
    shop.press(payment, "wrong_amount")
    shop.hear(payment)
    booking.refresh_from_db()
    assert booking.state == "pending_payment"
    assert broken_promises() == []


def test_too_much_money_confirms_and_the_rest_goes_back(shop: Shop, client: Client, booking: Booking) -> None:
    pay(client, booking)
    payment = Payment.objects.system("test").get()
    shop.press(payment, "wrong_amount", received=str(payment.amount_minor + 700))
    shop.hear(payment)
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    refund = payment.refunds.get()
    assert (refund.state, refund.amount_minor) == ("succeeded", 700)
    assert broken_promises() == []


class TestPromisesAfterTrouble:
    @pytest.fixture
    def payment(self, shop: Shop, client: Client, booking: Booking) -> Payment:
        """Paid and confirmed; a refund of it will come back."""
        pay(client, booking)
        payment = Payment.objects.system("test").get()
        shop.press(payment, "refund_fails_later", delay_s="0.3")
        shop.hear(payment)
        return payment

    def test_a_refund_in_the_dashboard(self, shop: Shop, payment: Payment) -> None:
        shop.refund_in_dashboard(payment, 1_000)
        refresh_payment(payment_id=payment.pk)
        assert open_reviews(payment) == ["external_refund"]
        assert broken_promises() == []

    def test_a_cancellation_whose_refund_came_back_and_was_sent_again(
        self, shop: Shop, client: Client, booking: Booking, payment: Payment
    ) -> None:
        assert client.post(f"/api/v1/bookings/{booking.pk}/cancel/").status_code == 200
        shop.work()
        shop.hear(payment, 2, subject="refund")
        assert open_reviews(payment) == ["refund_failed"]
        assert broken_promises() == []

        retry_refund(actor=SYSTEM, refund_id=payment.refunds.get().pk)
        assert broken_promises() == []
        shop.work()
        assert open_reviews(payment) == []
        assert broken_promises() == []


def test_a_webhook_address_refuses_other_methods_in_the_common_shape(client: Client) -> None:
    answer = client.get("/api/v1/webhooks/sandbox/anything/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer.json()["type"] == "client_error"
    assert answer.json()["errors"][0]["code"] == "method_not_allowed"
