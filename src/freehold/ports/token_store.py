"""Where adapters keep the access tokens that a vendor lends for an hour, so that all processes use the same one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AccessToken:
    """`refresh` is the vendor's refresh token, empty where it has none."""

    value: str
    renew_at: datetime  # aware; from then on it is renewed before it is used
    refresh: str = ""


class TokenUnavailable(Exception):
    """Another caller was renewing the token, and failed or took too long: nothing was asked, try again later."""


class TokenStore(Protocol):
    """`renew` is called by one process at a time for a key, outside of any transaction, and given the old token.

    While one process renews, the others wait for its token instead of asking for their own: some vendors block an
    account that asks too often. What `renew` raises goes to the caller, and the old token stays. Those who waited in
    vain get TokenUnavailable.
    """

    def token(self, key: str, renew: Callable[[AccessToken | None], AccessToken]) -> AccessToken: ...
    def reject(self, key: str, value: str) -> None:
        """The vendor no longer takes this token: the next caller renews. Does nothing if it was renewed meanwhile."""
