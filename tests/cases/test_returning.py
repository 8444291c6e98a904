"""The browser closes, the message is lost, the return is forged or somebody else's, the telephone says no."""

import pytest
from django.test import Client
from django.urls import reverse

from freehold.bookings.models import Booking
from freehold.domain.payment_states import PaymentState
from freehold.payments.accounts import gateway_of
from freehold.payments.gateways import reference_of
from tests.cases.concerning import every_provider, providers
from tests.cases.views import PRICE, ask, entries, held, opened, pay_unseen, state_of
from tests.factories import UserFactory
from tests.support.gateways.inn import Inn

pytestmark = pytest.mark.django_db(transaction=True)

FORGED = {
    "status": "success",
    "payment_status": "paid",
    "razorpay_payment_id": "pay_00000000000000",
    "razorpay_signature": "0" * 64,
    "ResultCode": "0",
}


def come_back(booking: Booking, client: Client, **brought: str) -> int:
    """The page to which providers send browsers. Nothing that it shows or leads to says that the booking is made."""
    answer = client.get(reverse("site:returned", args=[booking.pk]), brought)
    booking.refresh_from_db()
    assert booking.state == "confirmed" or "confirmed" not in answer.headers.get("Location", "")
    return answer.status_code


def signed_in(booking: Booking) -> Client:
    client = Client()
    client.force_login(booking.booker)
    return client


@every_provider
def test_case_26_a_payer_who_closes_the_browser_has_paid(inn: Inn) -> None:
    booking, payment = opened(inn)
    brought = inn.act(payment, "pay", comes_back=False)
    if inn.till.slug == "bkash":
        inn.settle()
        assert (state_of(booking), held(inn)) == ("pending_payment", 0), "approved is not paid: nothing was taken"
        gateway_of(payment).complete_return(reference_of(payment), brought)  # and the answer never reaches the browser
    ask(inn)
    assert (state_of(booking), entries(booking), held(inn)) == ("confirmed", 1, PRICE)


@every_provider
def test_case_27_a_message_that_is_lost_for_good_is_made_up_for_within_minutes(inn: Inn) -> None:
    booking, payment = opened(inn)
    pay_unseen(inn, payment)
    assert inn.arrived("stkCallback payment") == []
    inn.settle()
    assert state_of(booking) == "pending_payment"
    for _ in range(2):
        inn.advance(1)
        inn.settle()
    assert inn.reload(payment).state == PaymentState.PAID
    assert (state_of(booking), entries(booking), held(inn)) == ("confirmed", 1, PRICE)


@every_provider
def test_case_28_a_forged_return_proves_nothing(inn: Inn) -> None:
    booking, payment = opened(inn)
    for brought in (FORGED, {**FORGED, "paymentID": payment.object_id, "razorpay_order_id": payment.object_id}):
        assert come_back(booking, signed_in(booking), **brought) in (200, 302)
    inn.settle()
    assert inn.reload(payment).state in (PaymentState.PENDING, PaymentState.PROCESSING)
    assert (state_of(booking), held(inn), entries(booking)) == ("pending_payment", 0, 0)
    pay_unseen(inn, payment)
    come_back(booking, signed_in(booking), back="1")
    ask(inn)
    assert state_of(booking) == "confirmed", "the control: the same page asks, and believes what the provider says"


@every_provider
def test_case_29_the_return_of_another_persons_payment_is_not_there(inn: Inn) -> None:
    booking, payment = opened(inn)
    pay_unseen(inn, payment)
    stranger = Client()
    stranger.force_login(UserFactory())
    assert come_back(booking, stranger, **FORGED) == 404
    assert come_back(booking, Client(), **FORGED) in (302, 404)
    assert stranger.get(reverse("site:paying", args=[booking.pk])).status_code == 404
    assert stranger.get(f"/api/v1/payments/{payment.pk}/").status_code in (401, 404)
    assert inn.reload(payment).state == PaymentState.PENDING, "nobody was even asked"


@providers("mpesa")
def test_case_34_what_the_telephone_says_ends_the_push_and_another_try_pays(inn: Inn) -> None:
    booking = inn.book()
    ends = {
        "cancel": ("1032", PaymentState.CANCELLED),
        "no_answer": ("1037", PaymentState.EXPIRED),
        "decline": ("1", PaymentState.FAILED),
        "wrong_pin": ("2001", PaymentState.FAILED),
    }
    for attempt, (deed, (code, state)) in enumerate(ends.items(), start=1):
        payment = inn.pay(booking)
        inn.act(payment, deed)
        inn.settle()
        inn.reload(payment)
        assert (payment.attempt, payment.state, payment.error_code) == (attempt, state, code), deed
        assert state_of(booking) == "held", deed
    payment = inn.pay(booking)
    inn.act(payment, "pay")
    inn.settle()
    assert (payment.attempt, state_of(booking), held(inn)) == (len(ends) + 1, "confirmed", PRICE)
