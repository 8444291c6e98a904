"""Somebody who is signed in proves again who they are, before something sensitive."""

from typing import Any

from allauth.account.forms import ReauthenticateForm as PasswordForm
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.mfa.webauthn.internal.auth import begin_authentication

from freehold.accounts.factor_forms import ReauthenticateForm, ReauthenticateWebAuthnForm
from freehold.accounts.own_session import Caller
from freehold.accounts.services.sign_in import refusal_of
from freehold.core.errors import BadInput


def step_up(*, caller: Caller, password: str = "", code: str = "", credential: dict[str, Any] | None = None) -> None:
    """With one of the three. For five minutes the caller's session may then do what is sensitive.

    Raises BadInput for a wrong one, and TooManyRequests.
    """
    with caller.acting() as request:
        if password:
            form = PasswordForm({"password": password}, user=caller.user)
            if not form.is_valid():
                raise refusal_of(
                    form, BadInput("This is not your password.", code="incorrect_password", attr="password")
                )
            reauthenticate_by_password(request)
        elif credential is not None:
            _save(ReauthenticateWebAuthnForm({"credential": credential}, user=caller.user), "credential")
        else:
            _save(ReauthenticateForm({"code": code}, user=caller.user), "code")


def offer_passkey_for_step_up(*, caller: Caller) -> dict[str, Any]:
    """What the browser's passkey dialogue wants to know."""
    with caller.acting():
        options: dict[str, Any] = begin_authentication(caller.user)
        return options


def _save(form: Any, attr: str) -> None:
    if not form.is_valid():
        raise refusal_of(form, BadInput("This code is wrong, or was used already.", code="incorrect_code", attr=attr))
    form.save()
