"""Where somebody is signed in, and signing that out."""

from allauth.usersessions.models import UserSession
from django.test import Client

from tests.factories import PASSWORD
from tests.permissions.matrix import Row, everyone, owner, signed_in
from tests.permissions.world import World


def device(world: World) -> str:
    return f"/api/v1/me/devices/{world.remember('device', make_device)}/"


def device_page(world: World) -> str:
    return f"/accounts/devices/{world.remember('device', make_device)}/end/"


def make_device(world: World) -> int:
    """A browser in which the guest has signed in."""
    Client().post("/accounts/login/", {"login": world.guest.email, "password": PASSWORD})
    return int(UserSession.objects.get(user=world.guest).pk)


PAGE = "accounts/devices/<int:device_id>/end/"

ROWS = [
    Row("api/v1/me/devices/", "get", signed_in(200)),
    Row("api/v1/me/devices/end-others/", "post", signed_in(200)),
    Row("api/v1/me/devices/<int:device_id>/", "delete", owner(204), path=device),
    Row("accounts/devices/", "get", signed_in(200, anonymous=302)),
    Row("accounts/devices/others/end/", "get", signed_in(200, anonymous=302)),
    Row("accounts/devices/others/end/", "post", everyone(302), is_form=True),
    Row(PAGE, "get", owner(200, anonymous=302), path=device_page),
    Row(PAGE, "post", owner(302, anonymous=302), path=device_page, is_form=True),
]
