"""Changing a booking as a client meets it."""

from typing import Any

import pytest
from django.test import Client

from freehold.bookings.models import Booking
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import confirmed, hold
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db

JSON = "application/json"


@pytest.fixture
def booking(client: Client) -> Booking:
    """Three nights at 100.00, confirmed; the client is its guest."""
    made, _ = confirmed(ListingFactory(rate_plan__base_price_minor=10_000))
    client.force_login(made.booker)
    return made


def body(booking: Booking, *, arrive_in: int = 30, nights: int, **others: Any) -> dict[str, Any]:
    item = {
        "item": str(booking.items.get().pk),
        "check_in": str(in_days(arrive_in)),
        "check_out": str(in_days(arrive_in + nights)),
    }
    return {"items": [item], **others}


def post(client: Client, booking: Booking, address: str, content: Any, **headers: str) -> Any:
    path = f"/api/v1/bookings/{booking.pk}/{address}/"
    return client.post(path, content, content_type=JSON, headers=headers)


def test_the_preview_says_what_it_costs_and_writes_nothing(client: Client, booking: Booking) -> None:
    answer = post(client, booking, "change-preview", body(booking, nights=5))
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert shown["difference"] == shown["due_now"] == {"amount": "200.00", "currency": "USD"}
    assert (shown["before"]["amount"], shown["after"]["amount"]) == ("300.00", "500.00")
    assert (shown["is_possible"], shown["reasons"]) == (True, [])
    assert booking.changes.count() == 0


def test_the_preview_says_why_it_cannot_be(client: Client, booking: Booking) -> None:
    hold(booking.items.get().listing, arrive_in=33)
    shown = post(client, booking, "change-preview", body(booking, nights=5)).json()
    assert shown["is_possible"] is False
    assert [reason["code"] for reason in shown["reasons"]] == ["held"]
    refused = post(client, booking, "change", body(booking, nights=5))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "unavailable")


def test_a_change_answers_the_booking_with_its_history(client: Client, booking: Booking) -> None:
    difference = {"amount": "-100.00", "currency": "USD"}
    content = body(booking, nights=2, expected_difference=difference)
    answer = post(client, booking, "change", content, **{"Idempotency-Key": "once"})
    assert answer.status_code == 200, answer.content
    changed = answer.json()
    (made,) = changed["changes"]
    assert (made["status"], made["difference"], made["refund"]["amount"]) == ("applied", difference, "100.00")
    assert made["before"]["items"][0]["check_out"] == str(in_days(33))
    assert made["after"]["items"][0]["check_out"] == changed["items"][0]["check_out"] == str(in_days(32))
    again = post(client, booking, "change", content, **{"Idempotency-Key": "once"})
    assert again.json() == changed


def test_a_change_that_has_to_be_paid_waits_and_can_be_dropped(client: Client, booking: Booking) -> None:
    waiting = post(client, booking, "change", body(booking, nights=5)).json()
    assert (waiting["changes"][0]["status"], waiting["total"]["amount"]) == ("pending", "300.00")
    assert waiting["changes"][0]["expires_at"] is not None
    dropped = post(client, booking, "change/withdraw", {}).json()
    assert dropped["changes"][0]["status"] == "withdrawn"


@pytest.mark.parametrize(
    ("item", "attr", "code"),
    [
        ({"check_in": "2030-01-01"}, "items.0.check_out", "required"),
        ({"give_up": True, "guests": {"adults": 1}}, "items.0.give_up", "ambiguous"),
        ({"give_up": True}, "items", "cancel_instead"),
        ({"guests": {"adults": 45}}, "items.0", "capacity"),
        ({}, "items", "nothing_changes"),
        ({"item": "nonsense"}, "items.0.item", "invalid"),
    ],
)
def test_bad_input_is_named(client: Client, booking: Booking, item: dict[str, Any], attr: str, code: str) -> None:
    content = {"items": [{"item": str(booking.items.get().pk), **item}]}
    answer = post(client, booking, "change", content)
    assert answer.status_code == 400, answer.content
    (error, *_) = answer.json()["errors"]
    assert (error["attr"], error["code"]) == (attr, code)


def test_somebody_elses_booking_is_not_there(client: Client, booking: Booking) -> None:
    client.force_login(UserFactory())
    assert post(client, booking, "change", body(booking, nights=2)).status_code == 404
    assert post(client, booking, "change-preview", body(booking, nights=2)).status_code == 404
