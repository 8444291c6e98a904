"""Older clients keep one refresh token for as long as it is good, and ask with it for access tokens again and again."""

from datetime import timedelta

from freehold.accounts import tokens
from freehold.accounts.services.sign_in import SignInRefused
from freehold.accounts.tokens import InvalidToken

LIFETIME = timedelta(hours=1)
"""What those clients count on. A token is worth no more than its session, which is looked at each time."""


def renew_access(*, refresh: str) -> str:
    """A new access token; the refresh token stays as it is. Raises SignInRefused."""
    try:
        return tokens.renew(refresh, lifetime=LIFETIME)
    except InvalidToken:
        raise SignInRefused("This token is not valid, or not any more.", code="invalid_token") from None
