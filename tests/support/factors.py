"""Second factors of people in tests: an app, its codes, and a fresh proof in a session."""

import time
from typing import Any

from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.test import Client

from freehold.accounts.models import User
from freehold.accounts.own_session import Caller

STEP_SECONDS = 30


class App:
    """An authenticator app that holds the secret of one person."""

    def __init__(self, secret: str) -> None:
        self.secret = secret

    def code(self, steps: int = 0) -> str:
        """What it shows now, or `steps` half minutes later."""
        return auth.format_hotp_value(auth.hotp_value(self.secret, int(time.time()) // STEP_SECONDS + steps))

    def wrong_code(self) -> str:
        near = {self.code(steps) for steps in range(-3, 4)}
        return next(code for code in (f"{number:06}" for number in range(1000)) if code not in near)


def give_app(user: User) -> App:
    """The person has an authenticator app, and recovery codes, from now on."""
    secret = auth.generate_totp_secret()
    auth.TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return App(secret)


def recovery_codes(user: User) -> list[str]:
    codes: list[str] = Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()
    return codes


def prove(client: Client, user: User, *, seconds_ago: float = 0) -> None:
    """The client's session remembers a fresh proof of who is there."""
    session = client.session
    _note(session, user, seconds_ago)
    session.save()


def prove_token(caller: Caller, *, seconds_ago: float = 0) -> None:
    """The same for the session of a token."""
    session = caller.session()
    _note(session, caller.user, seconds_ago)
    session.save()


def _note(session: Any, user: User, seconds_ago: float) -> None:
    record = {"method": "password", "at": time.time() - seconds_ago, "reauthenticated": True}
    session["account_authentication_methods"] = [record]
    session["account_authentication_methods_user"] = user_id_to_str(user)
