"""Money that comes by itself, under a reference that somebody typed: by M-Pesa's paybill, and by a bank's notice."""

import base64
import itertools
import json
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from django.test import Client

from freehold.adapters.credits import jenga, mpesa_c2b
from freehold.bookings.services.expire_booking import expire_due_bookings
from freehold.core import clock, outside
from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.core.events import Event
from freehold.payments.accounts import notify_url
from freehold.payments.models import Credit, GatewayAccount, Refund
from freehold.payments.services.allocate_credit import allocate_credit
from freehold.payments.services.connect_account import connect_account
from freehold.ports.credit_source import CreditConnector
from tests.cases.concerning import providers
from tests.cases.views import PRICE, state_of
from tests.simulators.mpesa_process import KEYS, SHORTCODE
from tests.support.gateways.fixtures import OpenInn
from tests.support.gateways.inn import Inn

pytestmark = pytest.mark.django_db(transaction=True)

LOGIN = "bank:password-of-the-bank"
SHILLINGS = PRICE // 100

type Send = Callable[[int, str], None]
"""A payer sends so many shillings under these words."""


@pytest.fixture
def house(open_inn: OpenInn) -> Inn:
    return open_inn("mpesa")


@pytest.fixture
def send(house: Inn, provider: str) -> Send:
    return by_paybill(house) if provider == "mpesa" else by_bank(house)


def connect(house: Inn, source: CreditConnector, **values: str) -> GatewayAccount:
    outside.bind_credit_source(source)
    return connect_account(
        actor=Actor.of(house.admin), company_id=house.company.pk, provider=source.slug, account="main", values=values
    )


def by_paybill(house: Inn) -> Send:
    """M-Pesa announces what payers send to the address that was registered for the shortcode."""
    row = connect(house, mpesa_c2b.CONNECTOR, shortcode=SHORTCODE, allowed_ips="127.0.0.1")
    url = notify_url(row.provider, row.endpoint_token)
    login = (KEYS["CONSUMER_KEY"], KEYS["CONSUMER_SECRET"])
    mpesa = httpx.Client(base_url=house.till.simulator.url, trust_env=False, timeout=20)
    token = mpesa.get("/oauth/v1/generate", params={"grant_type": "client_credentials"}, auth=login).json()
    mpesa.headers["Authorization"] = f"Bearer {token['access_token']}"
    addresses = {"ConfirmationURL": url, "ValidationURL": f"{url}?step=validation", "ResponseType": "Completed"}
    said = mpesa.post("/mpesa/c2b/v2/registerurl", json={"ShortCode": SHORTCODE, **addresses})
    assert said.is_success, said.text

    def pay(shillings: int, reference: str) -> None:
        body = {"ShortCode": SHORTCODE, "CommandID": "CustomerPayBillOnline", "Amount": shillings}
        answer = mpesa.post(
            "/mpesa/c2b/v2/simulate", json={**body, "Msisdn": "254712999002", "BillRefNumber": reference}
        )
        assert answer.is_success, answer.text
        house.settle()

    return pay


def by_bank(house: Inn) -> Send:
    """Jenga tells of a credit on the account, with the login that staff chose."""
    row = connect(house, jenga.CONNECTOR, bank_account="0123456789", login=LOGIN)
    path = notify_url(row.provider, row.endpoint_token).partition("/api/")[2]
    numbers = itertools.count(1)

    def pay(shillings: int, reference: str) -> None:
        transaction = {"date": "2026-11-20 12:00:00", "reference": f"T{next(numbers)}", "status": "SUCCESS"}
        transaction |= {"amount": f"{shillings}.00", "currency": "KES", "billNumber": reference}
        body = {"callbackType": "IPN", "transaction": transaction, "bank": {"transactionType": "C"}, "customer": {}}
        login = base64.b64encode(LOGIN.encode()).decode()
        headers = {"Authorization": f"Basic {login}"}
        answer = Client().post(f"/api/{path}", json.dumps(body), content_type="application/json", headers=headers)
        assert answer.status_code == 200, answer.content
        house.settle()

    return pay


def spoken(reference: str) -> str:
    """As people type it: small letters, spaces, the letter O."""
    return reference.lower().replace("-", " ").replace("0", "O")


@providers("transfer")
def test_case_11_a_transfer_after_the_hold_books_a_free_room_again(house: Inn, send: Send) -> None:
    booking = house.book()
    clock.move(timedelta(minutes=16))
    expire_due_bookings()
    assert state_of(booking) == "expired"
    send(SHILLINGS, booking.reference)
    assert state_of(booking) == "confirmed"
    assert not Refund.objects.system("cases").exists()


@providers("transfer")
def test_case_12_a_transfer_for_a_room_that_was_taken_goes_back_once(
    house: Inn, send: Send, letters: list[Event]
) -> None:
    booking = house.book()
    clock.move(timedelta(minutes=16))
    rival = house.book(same_as=booking)
    send(SHILLINGS, booking.reference)
    house.settle()
    assert (state_of(booking), state_of(rival)) == ("expired", "held")
    assert Refund.objects.system("cases").get().amount_minor == PRICE
    assert house.reviews() == ["refund_by_hand"]
    assert [type(letter).__name__ for letter in letters] == ["PaymentSentBack"]


@providers("transfer")
def test_case_19_too_much_by_transfer_confirms_and_the_rest_goes_back(house: Inn, send: Send) -> None:
    booking = house.book()
    send(SHILLINGS + 50, spoken(booking.reference))
    assert state_of(booking) == "confirmed"
    assert Refund.objects.system("cases").get().amount_minor == 5_000
    assert house.reviews() == ["refund_by_hand"]


@providers("transfer")
def test_case_20_two_transfers_that_reach_the_sum_confirm_once(house: Inn, send: Send, letters: list[Event]) -> None:
    booking = house.book()
    send(SHILLINGS - 100, booking.reference)
    assert (state_of(booking), letters) == ("held", [])
    send(100, booking.reference)
    assert (state_of(booking), len(letters)) == ("confirmed", 1)
    assert not Refund.objects.system("cases").exists()


@providers("mpesa", "transfer")
def test_case_37_a_slip_in_the_reference_waits_and_is_allocated_once(house: Inn, send: Send) -> None:
    booking, other = house.book(), house.book()
    typed = booking.reference[:-1] + ("X" if booking.reference[-1] != "X" else "Y")
    send(SHILLINGS, typed)
    credit = Credit.objects.get()
    assert (credit.state, state_of(booking)) == (Credit.State.UNMATCHED, "held")
    desk = Actor.of(house.admin)
    for _ in range(2):
        allocate_credit(actor=desk, credit_id=credit.pk, folio_id=booking.folio_id)
    with pytest.raises(Conflict):
        allocate_credit(actor=desk, credit_id=credit.pk, folio_id=other.folio_id)
    assert (state_of(booking), state_of(other)) == ("confirmed", "held")
    send(SHILLINGS, spoken(other.reference))
    assert state_of(other) == "confirmed", "the control: a reference without a slip needs nobody"
