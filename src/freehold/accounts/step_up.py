"""Proving oneself again before something sensitive: by password, code or passkey, at most five minutes ago.

The API says `step_up = {"post"}` on an Endpoint, a page wears `@step_up` (web/ui/pages), anything else
calls `require_step_up`. allauth keeps the record in the session; an actor without one (a server's key) cannot step up.
"""

import time
from types import SimpleNamespace
from typing import Any, Self

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate, get_reauthentication_flows
from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.base import SessionBase

from freehold.accounts.models import User
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied

SIGN_IN = "sign_in"
_CODES = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)


class StepUpRequired(AccessDenied):
    """The caller may do this, after proving once more who is calling. `methods` says how."""

    default_code = "reauthentication_required"

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(
            "This needs a fresh proof that it is you. Confirm with your password or second factor, then repeat it.",
            extra={"methods": methods_of(user)},
        )


def methods_of(user: User) -> list[str]:
    """Of "password", "code" and "passkey", those that the person has; "sign_in" for who has none of them."""
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    offered = [
        ("password", user.has_usable_password()),
        ("code", bool(kinds.intersection(_CODES))),
        ("passkey", Authenticator.Type.WEBAUTHN in kinds),
    ]
    return [name for name, has in offered if has] or [SIGN_IN]


def has_stepped_up(*, user: User, session: SessionBase) -> bool:
    """Whether the session's person proved it within ACCOUNT_REAUTHENTICATION_TIMEOUT.

    Who has neither password nor factor can only sign in again: for them a fresh sign-in is the proof. An administrator
    who acts as the person proves nothing. Raises AccessDenied then.
    """
    Actor.of(user).require_own_hand()
    request: Any = SimpleNamespace(user=user, session=session)
    if get_reauthentication_flows(user):
        return bool(did_recently_reauthenticate(request))
    records = get_authentication_records(request, user)
    return bool(records) and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


def require_step_up(*, user: User, session: SessionBase) -> None:
    """Raises StepUpRequired."""
    if not has_stepped_up(user=user, session=session):
        raise StepUpRequired.of(user)
