"""A token store for providers that borrow no tokens."""

from collections.abc import Callable

from freehold.ports.token_store import AccessToken


class _NoTokens:
    def token(self, key: str, renew: Callable[[AccessToken | None], AccessToken]) -> AccessToken:
        raise AssertionError("this provider needs no token")

    def reject(self, key: str, value: str) -> None:
        raise AssertionError("this provider has no token")


NO_TOKENS = _NoTokens()
