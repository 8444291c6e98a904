"""Pay links: their booker's and the desk's; whoever has an address may look and pay."""

from typing import Any

from freehold.bookings.services.send_pay_link import send_pay_link
from freehold.core.actor import Actor
from freehold.payments.models import PayLink
from freehold.payments.pay_links import token_of
from tests.permissions.matrix import Row, everyone, members, owner
from tests.permissions.rows.bookings_and_payments import booking, booking_path
from tests.permissions.rows.console import people as at_the_desk
from tests.permissions.rows.guest_site import booker_only, trip
from tests.permissions.world import World


def link(world: World) -> PayLink:
    made: PayLink = world.remember(
        "pay link", lambda w: send_pay_link(actor=Actor.of(w.guest), booking_id=booking(w).pk)
    )
    return made


def page(suffix: str = "") -> Any:
    return lambda world: f"/pay/{token_of(link(world).pk)}/{suffix}"


def open_link(suffix: str = "") -> Any:
    return lambda world: f"/api/v1/pay-links/{token_of(link(world).pk)}/{suffix}"


BOOKER_OR_DESK = {"staff": 201, "host": 403, "superuser": 201}
REVOKERS = {"staff": 200, "host": 403, "superuser": 200}


def desk(suffix: str) -> Any:
    return lambda world: f"/console/bookings/{booking(world).reference}/pay-links/{suffix}/"


# No gateway is asked: whoever may pay is told that there is no such provider.
NOBODY = {"provider": "nobody", "return_url": "https://example.com/"}

ROWS = [
    Row(
        "api/v1/host/pay-links/",
        "get",
        members(host=200, staff=200, admin=200, superuser=200),
        path=lambda world: f"/api/v1/host/pay-links/?company_id={world.company.pk}",
    ),
    Row(
        "api/v1/host/pay-links/",
        "post",
        {**owner(201, **BOOKER_OR_DESK), "admin": 201},
        body=lambda world: {"booking_id": str(booking(world).pk)},
    ),
    Row(
        "api/v1/host/pay-links/<uuid:link_id>/revoke/",
        "post",
        {**owner(200, **REVOKERS), "admin": 200},
        path=lambda world: f"/api/v1/host/pay-links/{link(world).pk}/revoke/",
    ),
    Row(
        "api/v1/bookings/<uuid:booking_id>/pay-links/",
        "get",
        owner(200, staff=200, superuser=200),
        path=booking_path("pay-links/"),
    ),
    Row(
        "api/v1/bookings/<uuid:booking_id>/pay-links/",
        "post",
        {**owner(201, **BOOKER_OR_DESK), "admin": 201},
        path=booking_path("pay-links/"),
    ),
    Row(
        "api/v1/bookings/<uuid:booking_id>/split/",
        "post",
        {**owner(201, **BOOKER_OR_DESK), "admin": 201},
        path=booking_path("split/"),
        body=lambda world: {"shares": [{}, {}]},
    ),
    Row(
        "api/v1/bookings/<uuid:booking_id>/pay-links/<uuid:link_id>/revoke/",
        "post",
        {**owner(200, **REVOKERS), "admin": 200},
        path=lambda world: f"{booking_path()(world)}pay-links/{link(world).pk}/revoke/",
    ),
    Row("api/v1/pay-links/<str:token>/", "get", everyone(200), path=open_link()),
    Row(
        "api/v1/pay-links/<str:token>/payments/",
        "post",
        everyone(400),
        path=open_link("payments/"),
        body=lambda world: NOBODY,
    ),
    Row(
        "console/bookings/<slug:reference>/pay-links/send/",
        "post",
        at_the_desk(302, host=403),
        path=desk("send"),
        is_form=True,
    ),
    Row(
        "console/bookings/<slug:reference>/pay-links/take-back/",
        "post",
        at_the_desk(302, host=403),
        path=desk("take-back"),
        body=lambda world: {"take_back": str(link(world).pk)},
        is_form=True,
    ),
    Row("pay/<str:token>/", "get", everyone(200), path=page()),
    Row("pay/<str:token>/", "post", everyone(400), path=page(), body=lambda world: NOBODY, is_form=True),
    Row("pay/<str:token>/paying/", "get", everyone(302), path=page("paying/")),
    Row("pay/<str:token>/returned/", "get", everyone(302), path=page("returned/")),
    Row("pay/<str:token>/returned/", "post", everyone(302), path=page("returned/"), is_form=True),
    # A hold is paid in the checkout.
    Row("trips/<slug:reference>/pay/", "get", booker_only(302), path=trip("pay/")),
    Row("trips/<slug:reference>/pay/", "post", booker_only(302), path=trip("pay/"), is_form=True),
    Row("trips/<slug:reference>/share/", "get", booker_only(200), path=trip("share/")),
    Row("trips/<slug:reference>/share/", "post", booker_only(302), path=trip("share/"), is_form=True),
    Row(
        "api/v1/bookings/<uuid:booking_id>/claim-payment/",
        "post",
        {**owner(202, staff=202, host=403, superuser=202), "admin": 202},
        path=booking_path("claim-payment/"),
        body=lambda world: {"code": "SFT4XQ12AB", "amount": {"amount": "1.00", "currency": "USD"}},
    ),
    Row("trips/<slug:reference>/claim/", "get", booker_only(200), path=trip("claim/")),
    Row("trips/<slug:reference>/claim/", "post", booker_only(400), path=trip("claim/"), is_form=True),
]
