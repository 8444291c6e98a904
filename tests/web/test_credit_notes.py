"""Reductions over HTTP: at the desk, on the trip, as a document, and by the API."""

from typing import Any

import pytest
from django.test import Client

from freehold.bookings.models import Booking
from freehold.finance.models import CreditNote
from freehold.finance.selectors import folio_balance
from freehold.payments.models import Refund
from tests.factories import ListingFactory, MembershipFactory, UserFactory
from tests.support.booked import confirmed
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking() -> Booking:
    return confirmed(ListingFactory(), booker=UserFactory())[0]


@pytest.fixture
def desk(client: Client, booking: Booking) -> Client:
    client.force_login(MembershipFactory(company=booking.company, role="staff").user)
    return client


def page(booking: Booking) -> str:
    return f"/console/bookings/{booking.reference}/"


def form(amount: str, **others: str) -> dict[str, str]:
    return {"amount": amount, "cause": "goodwill", "reason": "No hot water <b>", "key": "k", **others}


def notes() -> list[CreditNote]:
    return list(CreditNote.objects.system("test").order_by("number"))


def test_the_desk_grants_a_reduction_and_prints_its_note(desk: Client, booking: Booking) -> None:
    assert "Grant a reduction" in desk.get(page(booking)).text
    answer = desk.post(f"{page(booking)}reductions/grant/", form("20.00"), follow=True)
    [note] = notes()
    assert note.document_number in answer.text
    assert "No hot water &lt;b&gt;" in answer.text
    document = desk.get(f"{page(booking)}credit-notes/{note.document_number}/").text
    assert f"Credit note {note.document_number}" in document
    assert "It goes back the way it was paid." in document
    assert Refund.objects.system("test").get().amount_minor == 2_000
    assert broken_promises() == []


def test_the_form_sent_twice_is_one_reduction(desk: Client, booking: Booking) -> None:
    for _ in range(2):
        desk.post(f"{page(booking)}reductions/grant/", form("20.00"))
    assert len(notes()) == 1


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (form("0.001"), "decimal"),
        (form("many"), "amount"),
        (form("-3.00"), "positive"),
        (form("99999.00"), "More than what is charged"),
        (form("1.00", cause="whim"), "goodwill or a correction"),
        (form("1.00", reason=" "), "Say why"),
        (form("1.00", key=""), "key"),
    ],
)
def test_what_cannot_be_granted_is_said_and_nothing_happens(
    desk: Client, booking: Booking, sent: dict[str, str], says: str
) -> None:
    answer = desk.post(f"{page(booking)}reductions/grant/", sent, follow=True)
    assert answer.status_code == 200
    assert says in answer.text
    assert notes() == []
    assert not Refund.objects.system("test").exists()


def test_hosts_see_no_form(client: Client, booking: Booking) -> None:
    client.force_login(MembershipFactory(company=booking.company, role="host").user)
    assert "Grant a reduction" not in client.get(page(booking)).text


def test_the_trip_shows_what_was_granted(desk: Client, booking: Booking) -> None:
    desk.post(f"{page(booking)}reductions/grant/", form("20.00"))
    desk.force_login(booking.booker)
    [note] = notes()
    shown = desk.get(f"/trips/{booking.reference}/").text
    assert note.document_number in shown
    assert "$20" in shown
    assert desk.get(f"/trips/{booking.reference}/credit-notes/{note.document_number}/").status_code == 200
    assert desk.get(f"/trips/{booking.reference}/credit-notes/CN-1999-0001/").status_code == 404


def api(client: Client, booking: Booking, body: dict[str, Any], **headers: str) -> Any:
    path = f"/api/v1/host/bookings/{booking.pk}/credit-notes/"
    return client.post(path, body, content_type="application/json", headers=headers)


def test_the_api_grants_once_per_key_and_lists(desk: Client, booking: Booking) -> None:
    body = {"amount": {"amount": "20.00", "currency": "USD"}, "cause": "correction", "reason": "Two nights, not three."}
    first, again = (api(desk, booking, body, **{"Idempotency-Key": "one"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    listed = desk.get(f"/api/v1/host/bookings/{booking.pk}/credit-notes/").json()["results"]
    assert listed == [first.json()]
    assert (listed[0]["amount"], listed[0]["refunded"]) == (body["amount"], body["amount"])
    assert folio_balance(booking.folio_id).owed.is_zero


@pytest.mark.parametrize(
    ("wrong", "status", "attr"),
    [
        ({"amount": {"amount": "1.00", "currency": "EUR"}}, 400, "amount"),
        ({"amount": {"amount": "0.00", "currency": "USD"}}, 400, "amount"),
        ({"cause": "whim"}, 400, "cause"),
        ({"reason": ""}, 400, "reason"),
        ({"amount": {"amount": "99999.00", "currency": "USD"}}, 409, None),
    ],
)
def test_the_api_refuses_with_the_field(
    desk: Client, booking: Booking, wrong: dict[str, Any], status: int, attr: str | None
) -> None:
    body = {"amount": {"amount": "1.00", "currency": "USD"}, "cause": "goodwill", "reason": "Cold.", **wrong}
    answer = api(desk, booking, body)
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (status, attr)
    assert notes() == []


def test_a_list_asks_the_same_of_the_database_however_long_it_is(
    desk: Client, booking: Booking, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        desk.post(f"{page(booking)}reductions/grant/", form("1.00", key=str(number)))
    with django_assert_max_num_queries(9):
        listed = desk.get(f"/api/v1/host/bookings/{booking.pk}/credit-notes/").json()["results"]
    assert len(listed) == 5
