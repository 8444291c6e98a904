"""The access token of one product, shared by all processes.

A token lives an hour and is renewed at minute 50. bKash blocks a merchant who refreshes more than twice an hour, for
an hour; a fresh grant is always allowed in its place, so that a refresh is tried at most every half hour, and
everything else is a grant. Ten grants in an hour mean that something turns in circles: then we stop by ourselves.
"""

import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from freehold.adapters.payments.bkash.settings import BkashSettings
from freehold.adapters.payments.bkash.wire import code_of, parsed, send
from freehold.ports.payment_gateway import Misconfigured, ProviderError, Retryable, Unknown
from freehold.ports.token_store import AccessToken, TokenStore, TokenUnavailable

USUAL_LIFE_S = 3600
BETWEEN_REFRESHES = timedelta(minutes=31)
GRANTS_IN_AN_HOUR = 10


class BkashTokens:
    """`product_url` is where the product's `token/grant` and `token/refresh` are."""

    def __init__(self, settings: BkashSettings, store: TokenStore, client: httpx.Client, product_url: str) -> None:
        self._settings, self._store, self._client, self._url = settings, store, client, product_url
        self._key = _key(settings, product_url)

    def current(self) -> str:
        """Raises Misconfigured when bKash knows us not, Retryable when it does not answer."""
        try:
            return self._store.token(self._key, self._renew).value
        except TokenUnavailable as error:
            raise Retryable(f"no bKash token yet: {error}", code="token_unavailable") from error

    def reject(self, value: str) -> None:
        self._store.reject(self._key, value)

    def _renew(self, old: AccessToken | None) -> AccessToken:
        refresh, grants = _unpacked(old)
        if refresh and self._may_refresh():
            try:
                return self._lent("refresh", {"refresh_token": refresh}, grants)
            except ProviderError:
                pass  # how long a refresh token lives is not documented: a grant does as well
        if len(grants) >= GRANTS_IN_AN_HOUR:
            raise Retryable("too many bKash tokens within an hour", code="token_limit")
        return self._lent("grant", {}, [*grants, time.time()])

    def _may_refresh(self) -> bool:
        """The store remembers the last refresh, for every process, before it is made."""
        mine = uuid4().hex

        def note(_: AccessToken | None) -> AccessToken:
            return AccessToken(mine, datetime.now(UTC) + BETWEEN_REFRESHES)

        try:
            return self._store.token(f"{self._key}:refreshed", note).value == mine
        except TokenUnavailable:
            return False

    def _lent(self, kind: str, extra: dict[str, str], grants: list[float]) -> AccessToken:
        settings = self._settings
        body = {"app_key": settings.app_key, "app_secret": settings.app_secret, **extra}
        headers = {"username": settings.username, "password": settings.password}
        try:
            response = send(self._client, "POST", f"{self._url}/token/{kind}", headers=headers, json=body)
        except Unknown as error:
            raise Retryable(str(error), code=error.code) from error
        answer = parsed(response)
        if response.status_code == 429 or response.status_code >= 500 or not answer:
            raise Retryable(f"bKash answered {response.status_code} to a request for a token")
        value = answer.get("id_token")
        if not response.is_success or not isinstance(value, str) or not value:
            raise Misconfigured("bKash does not take our credentials", code=code_of(answer) or "credentials")
        renew_at = datetime.now(UTC) + timedelta(seconds=_life_s(answer) * 5 / 6)
        packed = json.dumps({"refresh": str(answer.get("refresh_token") or ""), "grants": grants})
        return AccessToken(value, renew_at, packed)


def _key(settings: BkashSettings, product_url: str) -> str:
    """Other credentials, or another host, have other tokens."""
    parts = (product_url, settings.username, settings.password, settings.app_key, settings.app_secret)
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return f"bkash:{settings.account}:{digest[:24]}"


def _unpacked(old: AccessToken | None) -> tuple[str, list[float]]:
    """The refresh token, and when tokens were granted within the last hour."""
    if old is None or not old.refresh:
        return "", []
    packed = json.loads(old.refresh)
    since = time.time() - 3600
    return packed["refresh"], [at for at in packed["grants"] if at > since]


def _life_s(answer: dict[str, Any]) -> int:
    """`expires_in` comes as a number or as text."""
    try:
        return max(int(answer.get("expires_in") or USUAL_LIFE_S), 60)
    except (TypeError, ValueError):
        return USUAL_LIFE_S
