"""Signing up, in and out; the profile; the companies one works in."""

from typing import Any

from freehold.companies.models import Membership
from tests.factories import PASSWORD
from tests.permissions.matrix import Row, everyone, members, signed_in
from tests.permissions.world import World


def credentials(world: World) -> dict[str, str]:
    return {"identifier": str(world.guest.email), "password": PASSWORD}


def new_person(world: World) -> dict[str, str]:
    return {"email": "new@example.com", "password": PASSWORD}


def an_address(world: World) -> dict[str, Any]:
    return {"email": world.guest.email}


def a_phone(world: World) -> dict[str, str]:
    return {"phone": "+16175550123"}


def members_at(world: World) -> str:
    return f"/api/v1/companies/{world.company.pk}/members/"


def the_host(world: World) -> str:
    """The address of the company's host as a member."""
    (member,) = Membership.objects.company(world.company.pk).filter(user=world.people["host"])
    return f"{members_at(world)}{member.pk}/"


def an_id_token(world: World) -> dict[str, str]:
    return {"id_token": "forged"}


def google(world: World) -> str:
    return "/api/v1/auth/social/google/"


def my_google(world: World) -> str:
    return "/api/v1/me/ways/google/"


API = [
    Row("api/v1/auth/register/", "post", everyone(201), body=new_person),
    Row("api/v1/auth/login/", "post", everyone(200), body=credentials),
    Row("api/v1/auth/logout/", "post", signed_in(204)),
    Row("api/v1/auth/token/refresh/", "post", everyone(401), body=lambda world: {"refresh": "forged"}),
    Row("api/v1/auth/token/verify/", "post", everyone(401), body=lambda world: {"token": "forged"}),
    Row("api/v1/auth/cookie/login/", "post", everyone(200), body=credentials),
    Row("api/v1/auth/cookie/refresh/", "post", everyone(401)),
    Row("api/v1/auth/cookie/logout/", "post", everyone(204)),
    Row("api/v1/auth/password/reset/", "post", everyone(202), body=an_address),
    Row(
        "api/v1/auth/password/reset/confirm/",
        "post",
        everyone(400),
        body=lambda world: {"key": "forged", "password": PASSWORD},
    ),
    Row("api/v1/auth/otp/request/", "post", everyone(202), body=a_phone),
    Row("api/v1/auth/otp/verify/", "post", everyone(401), body=lambda world: {**a_phone(world), "code": "000000"}),
    Row("api/v1/me/phone/", "post", signed_in(202), body=a_phone, is_proved=True),
    Row("api/v1/me/phone/verify/", "post", signed_in(400), body=lambda world: {**a_phone(world), "code": "000000"}),
    Row("api/v1/me/", "get", signed_in(200)),
    Row("api/v1/me/", "patch", signed_in(200), body=lambda world: {"first_name": "Ann"}),
    # A picture comes as a form: JSON is refused before anything else is looked at.
    Row("api/v1/me/avatar/", "put", signed_in(415), body=lambda world: {}),
    Row("api/v1/auth/social/<slug:provider>/", "post", everyone(404), path=google, body=an_id_token),
    Row("api/v1/me/ways/", "get", signed_in(200)),
    Row("api/v1/me/ways/<slug:provider>/", "post", signed_in(404), path=my_google, body=an_id_token, is_proved=True),
    Row("api/v1/me/ways/<slug:provider>/", "delete", signed_in(404), path=my_google, is_proved=True),
    Row("api/v1/me/avatar/", "delete", signed_in(204)),
    Row("api/v1/me/export/", "get", signed_in(200)),
    # Both are the only administrators of their companies.
    Row("api/v1/me/close/", "post", {**signed_in(204), "admin": 409, "outsider": 409}, is_proved=True),
    Row("api/v1/me/erase/", "post", {**signed_in(204), "admin": 409, "outsider": 409}, is_proved=True),
    Row(
        "api/v1/me/merge/",
        "post",
        signed_in(400),
        body=lambda world: {**a_phone(world), "code": "000000"},
        is_proved=True,
    ),
    Row("api/v1/companies/", "get", signed_in(200)),
    Row(
        "api/v1/companies/<uuid:company_id>/",
        "patch",
        members(host=403, staff=403, admin=200, superuser=200),
        path=lambda world: f"/api/v1/companies/{world.company.pk}/",
        body=lambda world: {"requires_second_factor": False},
        is_proved=True,
    ),
]

MEMBERS = [
    Row(
        "api/v1/companies/<uuid:company_id>/members/",
        "get",
        members(host=403, staff=403, admin=200, superuser=200),
        path=members_at,
    ),
    Row(
        "api/v1/companies/<uuid:company_id>/members/<uuid:membership_id>/",
        "patch",
        members(host=403, staff=403, admin=200, superuser=200),
        path=the_host,
        body=lambda world: {"role": "staff"},
        is_proved=True,
    ),
    # Everybody may leave by themselves.
    Row(
        "api/v1/companies/<uuid:company_id>/members/<uuid:membership_id>/",
        "delete",
        members(host=204, staff=403, admin=204, superuser=204),
        path=the_host,
        is_proved=True,
    ),
]

# Who is signed in already is sent on from the pages for those who are not, and the other way round.
FOR_NOBODY = {**everyone(302), "anonymous": 200}
FOR_SOMEBODY = signed_in(200, anonymous=302)

PAGES = [
    Row("profile/", "get", FOR_SOMEBODY),
    Row("profile/", "post", everyone(302), is_form=True),
    Row("privacy/", "get", FOR_SOMEBODY),
    Row("privacy/export/", "get", FOR_SOMEBODY),
    Row("privacy/close/", "post", everyone(302), is_form=True, is_proved=True),
    Row("privacy/erase/", "post", everyone(302), is_form=True, is_proved=True),
    Row("accounts/login/", "get", FOR_NOBODY),
    Row("accounts/login/", "post", FOR_NOBODY, is_form=True),
    Row("accounts/signup/", "get", FOR_NOBODY),
    Row("accounts/signup/", "post", FOR_NOBODY, is_form=True),
    Row("accounts/logout/", "get", FOR_SOMEBODY),
    Row("accounts/logout/", "post", everyone(302), is_form=True),
    Row("accounts/inactive/", "get", everyone(200)),
    Row("accounts/reauthenticate/", "get", FOR_SOMEBODY),
    Row("accounts/reauthenticate/", "post", FOR_SOMEBODY, is_form=True),
    Row("accounts/email/", "get", FOR_SOMEBODY),
    Row("accounts/email/", "post", everyone(302), is_form=True),
    Row("accounts/confirm-email/", "get", everyone(200)),
    Row(
        "accounts/^confirm-email/(?P<key>[-:\\w]+)/$", "get", everyone(200), path=lambda w: "/accounts/confirm-email/x/"
    ),
    Row(
        "accounts/^confirm-email/(?P<key>[-:\\w]+)/$",
        "post",
        everyone(404),
        path=lambda w: "/accounts/confirm-email/x/",
        is_form=True,
    ),
    Row("accounts/password/change/", "get", FOR_SOMEBODY),
    Row("accounts/password/change/", "post", FOR_SOMEBODY, is_form=True),
    Row("accounts/password/set/", "get", everyone(302)),
    Row("accounts/password/set/", "post", everyone(302), is_form=True),
    Row("accounts/password/reset/", "get", everyone(200)),
    Row("accounts/password/reset/", "post", everyone(302), body=an_address, is_form=True),
    Row("accounts/password/reset/done/", "get", everyone(200)),
    Row("accounts/password/reset/key/done/", "get", everyone(200)),
    Row(
        "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        "get",
        everyone(200),
        path=lambda w: "/accounts/password/reset/key/1-x/",
    ),
    Row(
        "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        "post",
        everyone(200),
        path=lambda w: "/accounts/password/reset/key/1-x/",
        is_form=True,
    ),
    Row("accounts/phone/", "get", FOR_NOBODY),
    Row("accounts/phone/", "post", FOR_NOBODY, is_form=True),
    Row("accounts/phone/code/", "get", everyone(302)),
    Row("accounts/phone/code/", "post", everyone(302), is_form=True),
    Row("accounts/phone/change/", "get", FOR_SOMEBODY),
    Row("accounts/phone/change/", "post", FOR_SOMEBODY, is_form=True),
    Row("accounts/phone/change/join/", "post", everyone(302), is_form=True, is_proved=True),
    Row("accounts/phone/change/code/", "get", everyone(302)),
    Row("accounts/phone/change/code/", "post", everyone(302), is_form=True),
    Row("accounts/ways/", "get", FOR_SOMEBODY),
    Row("accounts/ways/join/", "get", everyone(302)),
    Row("accounts/ways/join/", "post", everyone(302), is_form=True),
    *(
        Row(
            f"accounts/ways/<slug:provider>/{what}/",
            "post",
            signed_in(404, anonymous=302),
            path=lambda world, what=what: f"/accounts/ways/google/{what}/",
            is_form=True,
            is_proved=True,
        )
        for what in ("connect", "disconnect")
    ),
    # No provider is set up here; tests/apps/accounts/test_social.py sets them up.
    Row("accounts/<slug:provider>/login/", "get", everyone(404), path=lambda w: "/accounts/google/login/"),
    Row("accounts/<slug:provider>/login/", "post", everyone(404), path=lambda w: "/accounts/google/login/"),
    Row("accounts/google/login/callback/", "get", everyone(404)),
    Row("accounts/apple/login/callback/", "get", everyone(404)),
    Row("accounts/apple/login/callback/finish/", "get", everyone(404)),
    Row("accounts/login/code/confirm/", "get", everyone(302)),
    Row("accounts/login/code/confirm/", "post", everyone(302), is_form=True),
]

ROWS = API + MEMBERS + PAGES
