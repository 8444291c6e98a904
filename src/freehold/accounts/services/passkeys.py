"""Passkeys of a person: added, named, taken away."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import flows

from freehold.accounts.factor_forms import AddWebAuthnForm
from freehold.accounts.models import User
from freehold.accounts.own_session import Caller
from freehold.accounts.services.set_up_totp import require_verified
from freehold.accounts.step_up import require_step_up
from freehold.core.errors import BadInput, NotFound


def begin_passkey(*, caller: Caller, is_passwordless: bool) -> dict[str, Any]:
    """What the browser wants to know to make one. Raises StepUpRequired, Conflict "unverified_email"."""
    with caller.acting() as request:
        require_step_up(user=caller.user, session=request.session)
        require_verified(caller.user)
        options: dict[str, Any] = flows.begin_registration(request, caller.user, is_passwordless)
        return options


def add_passkey(*, caller: Caller, name: str, credential: dict[str, Any], is_passwordless: bool) -> Authenticator:
    """Raises StepUpRequired, BadInput "incorrect_credential", Conflict "unverified_email"."""
    with caller.acting() as request:
        require_step_up(user=caller.user, session=request.session)
        require_verified(caller.user)
        given = {"name": name, "credential": credential, "passwordless": is_passwordless}
        form = AddWebAuthnForm(given, user=caller.user)
        if not form.is_valid():
            attr = "name" if "name" in form.errors else "credential"
            raise BadInput("This is no answer to the question that was asked.", code="incorrect_credential", attr=attr)
        authenticator, _ = flows.add_authenticator(request, form.cleaned_data["name"], form.cleaned_data["credential"])
        return authenticator


def rename_passkey(*, caller: Caller, passkey_id: int, name: str) -> Authenticator:
    """Raises StepUpRequired, NotFound."""
    with caller.acting() as request:
        require_step_up(user=caller.user, session=request.session)
        passkey = _find(caller.user, passkey_id)
        flows.rename_authenticator(request, passkey, name)
        return passkey


def remove_passkey(*, caller: Caller, passkey_id: int) -> None:
    """Recovery codes go with the last factor. Raises StepUpRequired, NotFound."""
    with caller.acting() as request:
        require_step_up(user=caller.user, session=request.session)
        flows.remove_authenticator(request, _find(caller.user, passkey_id))


def _find(user: User, passkey_id: int) -> Authenticator:
    passkey = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN, pk=passkey_id).first()
    if passkey is None:
        raise NotFound
    return passkey
