"""Second factors: the further step is for who waits with a pending token, the rest is about oneself."""

from typing import Any

from tests.factories import PASSWORD
from tests.permissions.matrix import Expectation, Row, everyone, signed_in
from tests.permissions.world import World


def forged(world: World) -> dict[str, Any]:
    return {"pending_token": "forged", "code": "123456"}


def no_credential(world: World) -> dict[str, Any]:
    return {"credential": {"response": {}}}


API = [
    Row("api/v1/auth/mfa/authenticate/", "post", everyone(401), body=forged),
    Row("api/v1/auth/mfa/authenticate/options/", "post", everyone(401), body=lambda world: {"pending_token": "x"}),
    Row("api/v1/auth/passkey/options/", "post", everyone(200)),
    Row(
        "api/v1/auth/passkey/login/",
        "post",
        everyone(401),
        body=lambda world: {"pending_token": "forged", **no_credential(world)},
    ),
    Row("api/v1/auth/cookie/mfa/authenticate/", "post", everyone(401), body=forged),
    Row(
        "api/v1/auth/cookie/passkey/login/",
        "post",
        everyone(401),
        body=lambda world: {"pending_token": "forged", **no_credential(world)},
    ),
    Row("api/v1/auth/reauthenticate/", "post", signed_in(204), body=lambda world: {"password": PASSWORD}),
    Row("api/v1/auth/reauthenticate/options/", "post", signed_in(200)),
    Row("api/v1/auth/mfa/authenticators/", "get", signed_in(200)),
    Row("api/v1/auth/mfa/totp/secret/", "post", signed_in(200), is_proved=True),
    Row("api/v1/auth/mfa/totp/", "post", signed_in(409), body=lambda world: {"code": "123456"}, is_proved=True),
    Row("api/v1/auth/mfa/totp/", "delete", signed_in(404), is_proved=True),
    Row("api/v1/auth/mfa/recovery-codes/", "get", signed_in(404), is_proved=True),
    Row("api/v1/auth/mfa/recovery-codes/", "post", signed_in(409), is_proved=True),
    Row("api/v1/auth/mfa/passkeys/options/", "post", signed_in(200), is_proved=True),
    Row("api/v1/auth/mfa/passkeys/", "post", signed_in(400), body=no_credential, is_proved=True),
    Row(
        "api/v1/auth/mfa/passkeys/<int:passkey_id>/",
        "patch",
        signed_in(404),
        path=lambda world: "/api/v1/auth/mfa/passkeys/1/",
        body=lambda world: {"name": "Mine"},
        is_proved=True,
    ),
    Row(
        "api/v1/auth/mfa/passkeys/<int:passkey_id>/",
        "delete",
        signed_in(404),
        path=lambda world: "/api/v1/auth/mfa/passkeys/1/",
        is_proved=True,
    ),
]

FOR_SOMEBODY = signed_in(200, anonymous=302)


def page(name: str, method: str, expect: Expectation, *, is_proved: bool = True) -> Row:
    return Row(f"accounts/2fa/{name}", method, expect, is_form=True, is_proved=is_proved)


def key(name: str, method: str) -> Row:
    """A passkey that is not theirs."""
    return Row(
        f"accounts/2fa/webauthn/keys/<int:pk>/{name}/",
        method,
        signed_in(404, anonymous=302),
        path=lambda world: f"/accounts/2fa/webauthn/keys/1/{name}/",
        is_form=method != "delete",
        is_proved=True,
    )


PAGES = [
    page("", "get", FOR_SOMEBODY),
    # Nobody waits for a second step.
    page("authenticate/", "get", everyone(302)),
    page("authenticate/", "post", everyone(302)),
    page("trust/", "get", everyone(302)),
    page("trust/", "post", everyone(302)),
    # Who has no factor is asked for the password.
    page("reauthenticate/", "get", everyone(302)),
    page("reauthenticate/", "post", everyone(302)),
    page("webauthn/reauthenticate/", "get", everyone(302)),
    page("webauthn/reauthenticate/", "post", everyone(302)),
    page("totp/activate/", "get", FOR_SOMEBODY),
    page("totp/activate/", "post", FOR_SOMEBODY),
    page("totp/deactivate/", "get", signed_in(404, anonymous=302)),
    page("totp/deactivate/", "post", signed_in(404, anonymous=302)),
    page("recovery-codes/", "get", signed_in(404, anonymous=302)),
    page("recovery-codes/download/", "get", signed_in(404, anonymous=302)),
    page("recovery-codes/generate/", "get", FOR_SOMEBODY),
    page("recovery-codes/generate/", "post", FOR_SOMEBODY),
    page("webauthn/", "get", FOR_SOMEBODY),
    page("webauthn/add/", "get", FOR_SOMEBODY),
    page("webauthn/add/", "post", FOR_SOMEBODY),
    page("webauthn/login/", "get", everyone(302)),
    page("webauthn/login/", "post", everyone(302)),
    *(key(name, method) for name in ("remove", "edit") for method in ("get", "post")),
    key("remove", "delete"),
]

ROWS = API + PAGES
