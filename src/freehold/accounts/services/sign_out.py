"""Signing out ends the session, and with it every token that names it."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from rest_framework_simplejwt.tokens import AccessToken

from freehold.accounts import tokens


def sign_out(*, request: HttpRequest, token: AccessToken | None) -> None:
    """Ends the session of the bearer token, or the browser's own when there is none."""
    if token is not None:
        tokens.live_session(token).flush()
    else:
        get_adapter(request).logout(request)
