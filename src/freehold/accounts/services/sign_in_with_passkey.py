"""Signing in with a passkey alone: it proves the device and, by PIN or finger, the person."""

from typing import Any

from allauth.account.models import Login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.webauthn.internal.auth import begin_authentication
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django.http import HttpRequest, HttpResponse

from freehold.accounts.factor_forms import LoginWebAuthnForm
from freehold.accounts.own_session import fresh_session, pending_session, pending_token
from freehold.accounts.services.sign_in import SignInRefused, tokens_of
from freehold.accounts.tokens import TokenPair


def begin_passkey_sign_in(*, request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """(pending token, what the browser's passkey dialogue wants to know)."""
    with fresh_session(request):
        options: dict[str, Any] = begin_authentication()
        return pending_token(request.session), options


def sign_in_with_passkey(*, request: HttpRequest, pending_token: str, credential: dict[str, Any]) -> TokenPair:
    """Raises SignInRefused: for a passkey of nobody, and for an answer to another question than the one asked."""
    with pending_session(request, pending_token) as is_open:
        if not is_open:
            raise SignInRefused("This sign-in is over. Begin again.", code="sign_in_expired")
        form = LoginWebAuthnForm({"credential": credential})
        if not form.is_valid():
            raise SignInRefused("This passkey is not known here.", code="incorrect_code")
        authenticator = form.cleaned_data["credential"]
        try:
            outcome: HttpResponse | None = perform_passwordless_login(
                request, authenticator, Login(user=authenticator.user)
            )
        except ImmediateHttpResponse as early:
            outcome = early.response
        return tokens_of(request, outcome)
