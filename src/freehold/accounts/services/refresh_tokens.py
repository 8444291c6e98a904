"""A refresh token is exchanged for new tokens, once."""

from freehold.accounts import tokens
from freehold.accounts.services.sign_in import SignInRefused
from freehold.accounts.tokens import InvalidToken, TokenPair


def refresh_tokens(*, refresh: str) -> TokenPair:
    """Raises SignInRefused for a token that is void; an old one shown again ends its session."""
    try:
        return tokens.rotate(refresh)
    except InvalidToken:
        raise SignInRefused("This token is not valid, or not any more.", code="invalid_token") from None
