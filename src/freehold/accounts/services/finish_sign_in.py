"""The second step of signing in: a code of the app, a recovery code, or a passkey."""

from typing import Any

from allauth.account.stages import LoginStageController
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.http import HttpRequest, HttpResponse

from freehold.accounts.backends import AccountBackend
from freehold.accounts.factor_forms import AuthenticateForm, AuthenticateWebAuthnForm
from freehold.accounts.own_session import pending_session
from freehold.accounts.services.sign_in import SignInRefused, refusal_of, tokens_of
from freehold.accounts.tokens import TokenPair


def finish_sign_in(
    *, request: HttpRequest, pending_token: str, code: str = "", credential: dict[str, Any] | None = None
) -> TokenPair:
    """Goes on where `sign_in` asked for a further step, with one of `code` and `credential`.

    Raises SignInRefused ("sign_in_expired" when there is nothing to go on with, "incorrect_code" for a wrong or used
    one), and TooManyRequests after too many wrong ones.
    """
    with pending_session(request, pending_token):
        stage = _waiting(request)
        form: Any
        if credential is not None:
            form = AuthenticateWebAuthnForm({"credential": credential}, user=stage.login.user)
        else:
            form = AuthenticateForm({"code": code}, user=stage.login.user)
        if not form.is_valid():
            raise refusal_of(form, SignInRefused("This code is wrong, or was used already.", code="incorrect_code"))
        form.save()
        try:
            outcome: HttpResponse | None = stage.exit()
        except ImmediateHttpResponse as early:
            outcome = early.response
        return tokens_of(request, outcome)


def offer_passkey(*, request: HttpRequest, pending_token: str) -> dict[str, Any]:
    """What the browser's passkey dialogue wants to know, for the person who is waiting. Raises SignInRefused."""
    with pending_session(request, pending_token):
        options: dict[str, Any] = begin_authentication(_waiting(request).login.user)
        return options


def _waiting(request: HttpRequest) -> Any:
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    if stage is None or not AccountBackend().user_can_authenticate(stage.login.user):
        raise SignInRefused("This sign-in is over. Begin again.", code="sign_in_expired")
    return stage
