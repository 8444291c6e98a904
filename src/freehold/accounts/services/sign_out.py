"""Signing out ends the session, and with it every token that names it."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from rest_framework_simplejwt.tokens import AccessToken

from freehold.accounts import tokens
from freehold.accounts.sessions import end_sessions
from freehold.accounts.tokens import InvalidToken


def sign_out(*, request: HttpRequest, token: AccessToken | None) -> None:
    """Ends the session of the bearer token, or the browser's own when there is none."""
    if token is not None:
        end_sessions([tokens.session_key_of(token)])
    else:
        get_adapter(request).logout(request)


def sign_out_family(*, token: str) -> None:
    """Ends the session of an access or refresh token that may be dead or forged: then there is nothing to end."""
    try:
        tokens.end_family_of(token)
    except InvalidToken:
        return
