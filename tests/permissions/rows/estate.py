"""The estate API: places for everybody, bookings and payments for the person whose they are, and for no company."""

from typing import Any

from freehold.payments.models import Payment
from freehold.properties.models import Property
from tests.compat.estate.conftest import a_place
from tests.factories import PASSWORD
from tests.permissions.matrix import Row, everyone, owner, signed_in
from tests.permissions.rows.accounts import FOR_NOBODY
from tests.permissions.rows.bookings_and_payments import booking
from tests.permissions.world import World
from tests.support.booked import open_attempt

MINE = owner(200)
NEW_PASSWORD = "^auth/reset/(?P<uidb36>[0-9A-Za-z]+)/(?P<key>[-0-9A-Za-z]+)/$"


def place(world: World) -> Property:
    found: Property = world.remember("estate", lambda w: a_place(w.company, slug="villa"))
    return found


def at_place(suffix: str = "") -> Any:
    return lambda world: f"/api/properties/{place(world).slug}/{suffix}"


def at_booking(suffix: str = "") -> Any:
    return lambda world: f"/api/bookings/{booking(world).serial}/{suffix}"


def recommended(world: World) -> str:
    return f"/api/properties/recommended/?category_id={place(world).category.serial}"


def over(world: World) -> Payment:
    """A payment at bKash that is over: nobody is asked about it."""

    def make(world: World) -> Payment:
        attempt = open_attempt(booking(world))
        mine = Payment.objects.company(attempt.company_id).filter(pk=attempt.pk)
        mine.update(provider="bkash", account="bkash-installation", state="failed")
        return mine.get()

    found: Payment = world.remember("over at bkash", make)
    return found


def person(world: World) -> dict[str, str]:
    return {"email": "new@example.com", "username": "new", "password": PASSWORD}


def credentials(world: World) -> dict[str, str]:
    return {"email": str(world.guest.email), "password": PASSWORD}


def a_payment(world: World) -> dict[str, Any]:
    # No gateway is asked: whoever may pay is told that there is no such provider.
    return {"booking_id": booking(world).serial, "provider": "bkash"}


API = [
    Row("api/auth/register/", "post", everyone(201), body=person),
    Row("api/auth/login/", "post", everyone(200), body=credentials),
    Row("api/auth/refresh/", "post", everyone(401), body=lambda world: {"refresh": "forged"}),
    Row("api/auth/token/verify/", "post", everyone(401), body=lambda world: {"token": "forged"}),
    Row("api/auth/me/", "get", signed_in(200)),
    Row("api/auth/me/bookings/", "get", signed_in(200)),
    Row("api/auth/me/payments/", "get", signed_in(200)),
    Row("api/categories/", "get", everyone(200)),
    Row("api/properties/", "get", everyone(200)),
    Row("api/properties/recommended/", "get", everyone(200), path=recommended),
    Row("api/properties/<slug:slug>/", "get", everyone(200), path=at_place()),
    Row("api/properties/<slug:slug>/recommendations/", "get", everyone(200), path=at_place("recommendations/")),
    Row("api/bookings/", "get", signed_in(200)),
    Row("api/bookings/create/", "post", signed_in(201), body=lambda world: {"property_id": place(world).serial}),
    Row("api/bookings/<int:number>/", "get", MINE, path=at_booking()),
    Row("api/bookings/<int:number>/cancel/", "post", MINE, path=at_booking("cancel/")),
    Row("api/payments/initiate/", "post", owner(400), body=a_payment),
    Row(
        "api/payments/bkash/execute/",
        "post",
        MINE,
        body=lambda world: {"payment_id": over(world).object_id},
    ),
    Row(
        "api/payments/bkash/query/",
        "get",
        MINE,
        path=lambda world: f"/api/payments/bkash/query/?payment_id={over(world).serial}",
    ),
    Row("api/payments/webhook/stripe/", "post", everyone(400)),
    Row("api/payments/webhook/bkash/", "post", everyone(400)),
]

PAGES = [
    Row("login/", "get", FOR_NOBODY),
    Row("login/", "post", FOR_NOBODY, is_form=True),
    Row("register/", "get", FOR_NOBODY),
    Row("register/", "post", FOR_NOBODY, is_form=True),
    Row("auth/password-reset/", "get", everyone(200)),
    Row("auth/password-reset/", "post", everyone(200), is_form=True),
    Row(NEW_PASSWORD, "get", everyone(200), path=lambda world: "/auth/reset/1/x/"),
    Row(
        NEW_PASSWORD,
        "post",
        everyone(200),
        path=lambda world: "/auth/reset/1/x/",
        is_form=True,
    ),
    Row("panel/", "get", signed_in(200, anonymous=302)),
]

ROWS = [*API, *PAGES]
