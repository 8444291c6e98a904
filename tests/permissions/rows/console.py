"""The console is for people who work in the thing's company; who works in another one has a console of their own."""

from collections.abc import Callable

from tests.permissions.matrix import Expectation, Row, members
from tests.permissions.rows.api_keys import existing
from tests.permissions.rows.host_bookings import request
from tests.permissions.world import World

# Who is not signed in is sent to the sign-in page and back.
SIGN_IN = 302


def at(suffix: str = "") -> Callable[[World], str]:
    return lambda world: f"/console/bookings/{request(world).reference}/{suffix}"


def people(status: int, **exceptions: int) -> Expectation:
    # A superuser who works in no company has no desk.
    return {**members(host=status, staff=status, admin=status, superuser=404, anonymous=SIGN_IN), **exceptions}


def admins(status: int, **exceptions: int) -> Expectation:
    outside = members(host=403, staff=403, admin=status, superuser=404, anonymous=SIGN_IN)
    return {**outside, **exceptions}


ROWS = [
    Row("console/api-keys/", "get", admins(200, outsider=200)),
    Row(
        "console/api-keys/",
        "post",
        admins(200, outsider=200),
        body=lambda world: {"name": "x", "scopes": ["bookings:read"], "days": "30"},
        is_form=True,
        is_proved=True,
    ),
    Row(
        "console/api-keys/<uuid:key_id>/revoke/",
        "post",
        admins(302),
        path=lambda world: f"/console/api-keys/{existing(world).pk}/revoke/",
        is_form=True,
    ),
    Row("console/", "get", people(200, outsider=200)),
    Row("console/company/", "post", people(302), body=lambda world: {"company": world.company.slug}, is_form=True),
    Row("console/security/", "get", people(403, admin=200, outsider=200)),
    # Nobody of them has a second factor of their own: nothing changes.
    Row(
        "console/security/",
        "post",
        people(403, admin=302, outsider=302),
        body=lambda world: {"is_asked": "yes"},
        is_form=True,
        is_proved=True,
    ),
    Row("console/bookings/", "get", people(200, outsider=200)),
    Row("console/bookings.csv", "get", people(200, outsider=200)),
    Row("console/bookings/<slug:reference>/", "get", people(200), path=at()),
    Row("console/bookings/<slug:reference>/cancel/", "get", people(302), path=at("cancel/")),
    Row("console/bookings/<slug:reference>/cancel/", "post", people(302), path=at("cancel/"), is_form=True),
    Row("console/bookings/<slug:reference>/<slug:step>/", "post", people(302), path=at("accept/"), is_form=True),
]
