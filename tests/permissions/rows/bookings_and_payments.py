"""A guest's bookings and payments: their own, and their host's business as far as the role goes."""

from typing import Any

from freehold.bookings.models import Booking
from freehold.payments.models import Payment
from tests.permissions.matrix import Row, everyone, owner, signed_in
from tests.permissions.world import World
from tests.support.booked import hold, open_attempt
from tests.support.stays import in_days


def booking(world: World) -> Booking:
    held: Booking = world.remember("booking", lambda w: hold(w.listing, booker=w.guest))
    return held


def payment(world: World) -> Payment:
    attempt: Payment = world.remember("payment", lambda w: open_attempt(booking(w)))
    return attempt


def booking_path(suffix: str = "") -> Any:
    return lambda world: f"/api/v1/bookings/{booking(world).pk}/{suffix}"


def a_stay(world: World) -> dict[str, Any]:
    dates = {"check_in": str(in_days(30)), "check_out": str(in_days(33))}
    return {"items": [{"listing_id": str(world.listing.pk), **dates, "guests": {"adults": 2}}]}


def a_change(world: World) -> dict[str, Any]:
    dates = {"check_in": str(in_days(30)), "check_out": str(in_days(32))}
    return {"items": [{"item": str(booking(world).items.get().pk), **dates}]}


def a_payment(world: World) -> dict[str, Any]:
    # No gateway is asked: whoever may pay is told that there is no such provider.
    return {"booking_id": str(booking(world).pk), "provider": "nobody", "return_url": "https://example.com/"}


def at(name: str) -> Any:
    return lambda world: f"/api/v1/{name}/forged/"


ROWS = [
    Row("api/v1/bookings/", "get", signed_in(200)),
    Row("api/v1/bookings/", "post", signed_in(201), body=a_stay),
    Row(
        "api/v1/bookings/<uuid:booking_id>/",
        "get",
        owner(200, staff=200, superuser=200),
        path=booking_path(),
    ),
    Row(
        "api/v1/bookings/<uuid:booking_id>/refund-preview/",
        "get",
        owner(200, staff=200, superuser=200),
        path=booking_path("refund-preview/"),
    ),
    Row(
        "api/v1/bookings/<uuid:booking_id>/change-preview/",
        "post",
        owner(200, staff=200, superuser=200),
        path=booking_path("change-preview/"),
        body=a_change,
    ),
    Row(
        "api/v1/bookings/<uuid:booking_id>/change/",
        "post",
        owner(200, staff=200, superuser=200),
        path=booking_path("change/"),
        body=a_change,
    ),
    Row(
        "api/v1/bookings/<uuid:booking_id>/change/withdraw/",
        "post",
        owner(200, staff=200, superuser=200),
        path=booking_path("change/withdraw/"),
    ),
    Row(
        "api/v1/bookings/<uuid:booking_id>/extend/",
        "post",
        owner(200, staff=200, host=403, superuser=200),
        path=booking_path("extend/"),
    ),
    Row(
        "api/v1/bookings/<uuid:booking_id>/guests/",
        "post",
        owner(200, staff=200, host=403, superuser=200),
        path=booking_path("guests/"),
        body=lambda world: {"guests": [{"name": "Ann Guest"}]},
    ),
    Row(
        "api/v1/bookings/<uuid:booking_id>/cancel/",
        "post",
        owner(200, staff=200, superuser=200),
        path=booking_path("cancel/"),
    ),
    Row("api/v1/payments/", "post", owner(400, staff=400, host=403, superuser=400), body=a_payment),
    Row(
        "api/v1/payments/options/",
        "get",
        owner(200, staff=200, host=403, superuser=200),
        path=lambda world: f"/api/v1/payments/options/?booking_id={booking(world).pk}",
    ),
    Row(
        "api/v1/payments/<uuid:payment_id>/",
        "get",
        owner(200, staff=200, superuser=200),
        path=lambda world: f"/api/v1/payments/{payment(world).pk}/",
    ),
    Row(
        "api/v1/webhooks/<slug:provider>/<slug:token>/",
        "post",
        everyone(404),
        path=lambda world: "/api/v1/webhooks/nowhere/forged/",
    ),
    Row("api/v1/paymentcallback/<slug:token>/", "post", everyone(404), path=at("paymentcallback")),
    Row("api/v1/payoutcallback/<slug:token>/", "post", everyone(404), path=at("payoutcallback")),
    Row("api/v1/expensecallback/<slug:token>/", "post", everyone(404), path=at("expensecallback")),
    Row(
        "api/v1/instant-payment-notification/<slug:provider>/<slug:token>/",
        "post",
        everyone(404),
        path=at("instant-payment-notification/jenga"),
    ),
]
