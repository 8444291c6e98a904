"""Addresses for messages of providers never spell a word that one of them refuses."""

import re
from contextlib import suppress

import pytest

from freehold.adapters.payments.mpesa.provider import REFUSED_IN_ADDRESSES
from freehold.bookings.services.start_payment import start_booking_payment
from freehold.core.actor import Actor
from freehold.core.errors import TemporarilyUnavailable
from freehold.payments.models import Payment, Transfer
from freehold.payments.services.decide_transfer import record_payout_by_hand
from tests.factories import ListingFactory
from tests.permissions.rows.gateway_accounts import existing
from tests.permissions.world import World
from tests.support.booked import hold
from tests.support.deposits import bind_a_sandbox
from tests.support.outgoings import PayDesk

LETTERS = "0123456789abcdef"
ONLY_THESE = re.compile(rf"[{LETTERS}]{{48,64}}")


@pytest.mark.parametrize("word", REFUSED_IN_ADDRESSES)
def test_no_refused_word_can_be_spelled(word: str) -> None:
    assert not set(word) <= set(LETTERS)


@pytest.mark.django_db(transaction=True)
def test_a_payment_and_its_address() -> None:
    bind_a_sandbox()
    booking = hold(ListingFactory())
    with suppress(TemporarilyUnavailable):
        start_booking_payment(
            actor=Actor.of(booking.booker), booking_id=booking.pk, provider="sandbox", return_url="https://a.example/"
        )
    payment = Payment.objects.company(booking.company_id).get()
    assert ONLY_THESE.fullmatch(payment.notify_token)
    assert payment.notify_token in payment.request["notify_url"]


@pytest.mark.django_db
def test_an_account_and_a_transfer() -> None:
    assert ONLY_THESE.fullmatch(existing(World()).endpoint_token)
    desk = PayDesk()
    outgoing = desk.approved(desk.place(desk.payee("supplier", "Plumber"), "cash", "cash", receiver="Pia"))
    record_payout_by_hand(actor=desk.maker, outgoing_id=outgoing.pk, receipt="7")
    assert ONLY_THESE.fullmatch(Transfer.objects.company(desk.company.pk).get().notify_token)
