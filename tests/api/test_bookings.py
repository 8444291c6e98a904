"""Bookings as a client meets them: fixed shapes, one error shape, nobody else's business."""

from typing import Any

import pytest
from django.test import Client

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from tests.factories import CompanyFactory, ListingFactory, UserFactory
from tests.support.booked import confirmed, money_comes, open_attempt
from tests.support.stays import in_days, let_the_hold_lapse

pytestmark = pytest.mark.django_db

JSON = "application/json"


@pytest.fixture
def guest(db: None) -> User:
    return UserFactory()


@pytest.fixture
def signed_in(client: Client, guest: User) -> Client:
    client.force_login(guest)
    return client


def items(listing: Any, **changes: Any) -> dict[str, Any]:
    item = {
        "listing_id": str(listing.pk),
        "check_in": str(in_days(30)),
        "check_out": str(in_days(33)),
        "guests": {"adults": 2, "children": [5]},
    }
    return {"items": [{**item, **changes}]}


def test_holding_answers_201_with_the_promised_fields(signed_in: Client) -> None:
    response = signed_in.post("/api/v1/bookings/", items(ListingFactory()), content_type=JSON)
    assert response.status_code == 201
    booking = response.json()
    assert {"id", "reference", "status", "hold_expires_at", "total", "items"} <= set(booking)
    assert booking["status"] == "held"
    assert booking["total"]["currency"] == "USD"
    assert booking["items"][0]["guests"] == {"adults": 2, "children": [5]}
    assert sum(float(line["amount"]["amount"]) for line in booking["lines"]) == float(booking["total"]["amount"])
    again = signed_in.get(f"/api/v1/bookings/{booking['id']}/").json()
    assert again == booking


def test_holding_answers_what_reading_the_booking_answers(signed_in: Client) -> None:
    company = CompanyFactory()
    paid_there = ListingFactory(company=company, payment_terms="at_property")
    other = ListingFactory(company=company, payment_terms="at_property", property__time_zone="Asia/Tokyo")
    body = {"items": [*items(paid_there)["items"], *items(other)["items"]]}
    made = signed_in.post("/api/v1/bookings/", body, content_type=JSON)
    assert made.status_code == 201, made.content
    assert made.json()["status"] == "confirmed"
    assert len(made.json()["items"]) == 2
    assert signed_in.get(f"/api/v1/bookings/{made.json()['id']}/").json() == made.json()


def test_what_is_due_now_was_paid_and_what_is_due_later_has_a_date(signed_in: Client) -> None:
    listing = ListingFactory(payment_terms="deposit", rate_plan__deposit_basis_points=2_000)
    made = signed_in.post("/api/v1/bookings/", items(listing), content_type=JSON).json()
    usd = {"currency": "USD"}
    rest = {"amount": {"amount": "240.00", **usd}, "by": made["starts_at"], "at_property": False}
    assert made["due_later"] == rest
    assert (made["paid"], made["due_now"]) == ({"amount": "0.00", **usd}, {"amount": "60.00", **usd})
    money_comes(open_attempt(Booking.objects.system("test").get(pk=made["id"])))
    address = f"/api/v1/bookings/{made['id']}/"
    for read in (signed_in.get(address).json(), signed_in.get("/api/v1/bookings/").json()["results"][0]):
        assert (read["paid"], read["due_now"]) == ({"amount": "60.00", **usd}, {"amount": "0.00", **usd})
        assert read["due_later"] == rest
    quote = signed_in.post("/api/v1/quotes/", items(listing), content_type=JSON).json()
    assert quote["due_later"] == rest


def test_holding_keeps_its_budget(signed_in: Client, django_assert_max_num_queries: Any) -> None:
    listing = ListingFactory()
    with django_assert_max_num_queries(16):
        answer = signed_in.post(
            "/api/v1/bookings/", items(listing), content_type=JSON, headers={"Idempotency-Key": "budget"}
        )
    assert answer.status_code == 201


def test_taken_is_409_with_reasons_and_alternatives(signed_in: Client) -> None:
    listing = ListingFactory()
    signed_in.post("/api/v1/bookings/", items(listing), content_type=JSON)
    response = signed_in.post("/api/v1/bookings/", items(listing), content_type=JSON)
    assert response.status_code == 409
    body = response.json()
    assert body["type"] == "conflict"
    (error,) = body["errors"]
    assert error["code"] == "unavailable"
    assert error["reasons"]
    assert error["alternatives"]


def test_no_credentials_is_401(client: Client) -> None:
    response = client.post("/api/v1/bookings/", items(ListingFactory()), content_type=JSON)
    assert response.status_code == 401
    assert set(response.json()) == {"type", "errors"}


def test_a_foreign_booking_is_404_on_every_address(signed_in: Client) -> None:
    booking, _ = confirmed(ListingFactory())
    root = f"/api/v1/bookings/{booking.pk}/"
    assert signed_in.get(root).status_code == 404
    assert signed_in.get(f"{root}refund-preview/").status_code == 404
    for action in ("extend", "guests", "cancel"):
        body = {"guests": []} if action == "guests" else {}
        assert signed_in.post(f"{root}{action}/", body, content_type=JSON).status_code == 404
    assert signed_in.get("/api/v1/bookings/").json()["results"] == []


@pytest.mark.parametrize(
    ("change", "attr"),
    [
        ({"check_out": "2026-02-30"}, "items.0.check_out"),
        ({"check_in": "tomorrow"}, "items.0.check_in"),
        ({"listing_id": "x"}, "items.0.listing_id"),
        ({"guests": {"adults": 0}}, "items.0.guests.adults"),
        ({"guests": {"adults": "1_0"}}, "items.0.guests.adults"),
        ({"guests": {"adults": 10**30}}, "items.0.guests.adults"),
        ({"guests": {"adults": 1, "children": [18]}}, "items.0.guests.children.0"),
        ({"price": "1"}, "items.0.price"),
    ],
)
def test_bad_input_is_400_and_leaves_nothing(signed_in: Client, change: dict[str, Any], attr: str) -> None:
    response = signed_in.post("/api/v1/bookings/", items(ListingFactory(), **change), content_type=JSON)
    assert response.status_code == 400, response.content
    assert response.json()["errors"][0]["attr"] == attr
    assert not Booking.objects.system("test").exists()


def test_dates_the_wrong_way_round_or_endless_are_400(signed_in: Client) -> None:
    listing = ListingFactory()
    for check_in, check_out in ((33, 30), (30, 30), (30, 430)):
        body = items(listing, check_in=str(in_days(check_in)), check_out=str(in_days(check_out)))
        assert signed_in.post("/api/v1/bookings/", body, content_type=JSON).status_code == 400


def test_the_same_key_books_once(signed_in: Client) -> None:
    body = items(ListingFactory())
    first = signed_in.post("/api/v1/bookings/", body, content_type=JSON, headers={"Idempotency-Key": "k1"})
    again = signed_in.post("/api/v1/bookings/", body, content_type=JSON, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    other = signed_in.post(
        "/api/v1/bookings/", items(ListingFactory()), content_type=JSON, headers={"Idempotency-Key": "k1"}
    )
    assert other.status_code == 422
    assert Booking.objects.system("test").count() == 1


def test_guests_are_named_and_the_hold_extended_once(signed_in: Client) -> None:
    booking = signed_in.post("/api/v1/bookings/", items(ListingFactory()), content_type=JSON).json()
    root = f"/api/v1/bookings/{booking['id']}/"
    named = signed_in.post(f"{root}guests/", {"guests": [{"name": "Ada"}]}, content_type=JSON).json()
    assert named["guests"] == [{"name": "Ada", "age": None, "item": 0}]
    extended = signed_in.post(f"{root}extend/", content_type=JSON).json()
    assert extended["hold_expires_at"] > booking["hold_expires_at"]
    assert signed_in.post(f"{root}extend/", content_type=JSON).status_code == 409


def test_cancelling_answers_the_refund_that_was_previewed(signed_in: Client, guest: User) -> None:
    booking, _ = confirmed(ListingFactory(), booker=guest, arrive_in=3)
    root = f"/api/v1/bookings/{booking.pk}/"
    preview = signed_in.get(f"{root}refund-preview/").json()
    assert {"refund", "fee", "policy", "as_of"} == set(preview)
    cancelled = signed_in.post(f"{root}cancel/", content_type=JSON).json()
    assert cancelled["status"] == "cancelled"
    assert cancelled["refund"] == preview["refund"]
    assert cancelled["fee"] == preview["fee"]
    assert cancelled["refunds"][0]["amount"] == preview["refund"]


def test_a_lapsed_hold_reads_as_expired(signed_in: Client) -> None:
    booking = signed_in.post("/api/v1/bookings/", items(ListingFactory()), content_type=JSON).json()
    let_the_hold_lapse()
    read = signed_in.get(f"/api/v1/bookings/{booking['id']}/").json()
    assert (read["status"], read["hold_expires_at"]) == ("expired", None)
    assert signed_in.post(f"/api/v1/bookings/{booking['id']}/extend/", content_type=JSON).status_code == 409


def test_a_list_costs_the_same_however_long(signed_in: Client, guest: User, django_assert_max_num_queries: Any) -> None:
    for _ in range(6):
        confirmed(ListingFactory(), booker=guest)
    with django_assert_max_num_queries(15):
        assert len(signed_in.get("/api/v1/bookings/").json()["results"]) == 6


def test_one_booking_is_read_within_its_budget(
    signed_in: Client, guest: User, django_assert_max_num_queries: Any
) -> None:
    booking, _ = confirmed(ListingFactory(), booker=guest)
    with django_assert_max_num_queries(16):
        assert signed_in.get(f"/api/v1/bookings/{booking.pk}/").status_code == 200
