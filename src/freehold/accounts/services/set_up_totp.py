"""An authenticator app becomes somebody's second factor, or stops being one."""

from dataclasses import dataclass

from allauth.mfa.internal.flows.add import validate_can_add_authenticator
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth, flows
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpRequest

from freehold.accounts.factor_adapter import FactorAdapter
from freehold.accounts.factor_forms import ActivateTOTPForm
from freehold.accounts.models import User
from freehold.accounts.own_session import Caller
from freehold.accounts.services.sign_in import refusal_of
from freehold.accounts.step_up import require_step_up
from freehold.core.errors import BadInput, Conflict, NotFound


@dataclass(frozen=True, slots=True)
class NewSecret:
    """What an app needs to know: by picture, by link, or typed."""

    secret: str
    url: str
    svg: str


def begin_totp(*, caller: Caller) -> NewSecret:
    """A new secret, remembered in the caller's session until a code of it comes. Raises StepUpRequired, Conflict."""
    with caller.acting() as request:
        require_step_up(user=caller.user, session=request.session)
        _require_none(caller.user)
        require_verified(caller.user)
        secret = auth.get_totp_secret(regenerate=True)
        adapter = FactorAdapter()
        url = adapter.build_totp_url(caller.user, secret)
        return NewSecret(secret=secret, url=url, svg=adapter.build_totp_svg(url))


def activate_totp(*, caller: Caller, code: str) -> None:
    """From now on signing in asks for a code; the first app comes with recovery codes.

    Raises StepUpRequired, BadInput "incorrect_code", TooManyRequests, and Conflict "totp_active".
    """
    with caller.acting() as request:
        require_step_up(user=caller.user, session=request.session)
        _require_none(caller.user)
        require_verified(caller.user)
        if auth.SECRET_SESSION_KEY not in request.session:
            raise Conflict("Ask for a secret first.", code="no_secret")
        form = ActivateTOTPForm({"code": code}, user=caller.user)
        if not form.is_valid():
            raise refusal_of(form, BadInput("This code is wrong.", code="incorrect_code", attr="code"))
        _activate(request, form)


def deactivate_totp(*, caller: Caller) -> None:
    """Recovery codes go with the last factor. Raises StepUpRequired, NotFound."""
    with caller.acting() as request:
        require_step_up(user=caller.user, session=request.session)
        found = Authenticator.objects.filter(user=caller.user, type=Authenticator.Type.TOTP).first()
        if found is None:
            raise NotFound
        flows.deactivate_totp(request, found)


def require_verified(user: User) -> None:
    """Else somebody could register a stranger's address and lock its owner out for good. Raises Conflict."""
    try:
        validate_can_add_authenticator(user)
    except ValidationError:
        raise Conflict("Confirm your e-mail address first.", code="unverified_email") from None


def _require_none(user: User) -> None:
    if Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        raise _active()


def _activate(request: HttpRequest, form: ActivateTOTPForm) -> None:
    try:
        flows.activate_totp(request, form)
    except IntegrityError:  # two requests at once
        raise _active() from None


def _active() -> Conflict:
    return Conflict("An authenticator app is active already.", code="totp_active")
