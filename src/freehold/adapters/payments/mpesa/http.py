"""Calls Daraja and sorts every outcome by one question: may it have been executed?

| outcome                                                        | raised          |
|----------------------------------------------------------------|-----------------|
| could not connect, 429, spike arrest, subscriber busy          | Retryable       |
| read timeout, reset, other 5xx, unparsable (a write)           | Unknown         |
| the same while asking                                          | Retryable       |
| the conversation id was used before                            | AlreadySent     |
| the push is not finished                                       | StillProcessing |
| anything else that is our fault: keys, shortcode, parameters   | Misconfigured   |

Everything is a POST, also questions. A refused token was not used: it is renewed, and the call made once more.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx

from freehold.adapters.credits.values import text
from freehold.adapters.masking import masked
from freehold.adapters.payments.mpesa.codes import DUPLICATE
from freehold.adapters.payments.mpesa.settings import MpesaSettings
from freehold.ports.payment_gateway import Misconfigured, ProviderError, Retryable, Unknown
from freehold.ports.token_store import AccessToken, TokenStore, TokenUnavailable

TOKEN_PATH = "/oauth/v1/generate"  # noqa: S105 - an address
TOKEN_LIFE_S = 3599
RENEW_EARLY = timedelta(minutes=5)
TOKEN_REFUSED = frozenset({"401.002.01", "404.001.03", "400.003.01"})
SPIKE_ARREST = "500.003.02"
SYSTEM_ERROR = "500.001.1001"
BUSY = re.compile(r"lock subscriber|already in process", re.IGNORECASE)
WRONG_CREDENTIALS = re.compile(r"wrong credentials", re.IGNORECASE)
UNFINISHED = re.compile(r"being processed|under processing", re.IGNORECASE)


class AlreadySent(ProviderError):
    """M-Pesa has this conversation id: what was asked for was sent before."""


class StillProcessing(ProviderError):
    """The payer has not answered the prompt, or M-Pesa has not finished."""


class _TokenRefused(Exception):
    """The access token is no longer taken; nothing was executed."""


class Daraja:
    """Thread-safe. Connections are not kept: one that died unnoticed would make every answer uncertain."""

    def __init__(self, settings: MpesaSettings, tokens: TokenStore) -> None:
        self._login = (settings.consumer_key, settings.consumer_secret)
        self._tokens = tokens
        self._token_key = _token_key(settings)
        self._client = httpx.Client(
            base_url=settings.base_url,
            headers={"User-Agent": "freehold/1"},
            timeout=httpx.Timeout(settings.read_timeout_s, connect=settings.connect_timeout_s),
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
        )

    def ask(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """A question. Nothing can have been executed, so that every disturbance is Retryable. Raises StillProcessing
        too."""
        try:
            return self._accepted(path, body)
        except Unknown as error:
            raise Retryable(str(error), code=error.code) from error

    def write(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """A request that acts. Returns what was accepted (`ResponseCode` 0). Raises AlreadySent too."""
        try:
            return self._accepted(path, body)
        except StillProcessing as error:
            raise Unknown(str(error), code=error.code) from error

    def _accepted(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        try:
            return self._call(path, body)
        except _TokenRefused:
            pass
        try:
            return self._call(path, body)
        except _TokenRefused as error:
            raise Misconfigured("M-Pesa refuses a token that it has just given", code="token_refused") from error

    def _call(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        token = self._token()
        response = self._send("POST", path, json=body, headers={"Authorization": f"Bearer {token}"})
        answer = _parse(response)
        code = text(answer.get("errorCode"))
        if response.status_code == 401 or code in TOKEN_REFUSED:
            self._tokens.reject(self._token_key, token)
            raise _TokenRefused
        if code:
            raise _refusal(response.status_code, code, text(answer.get("errorMessage")))
        if response.status_code >= 500 or "ResponseCode" not in answer:
            raise Unknown(f"M-Pesa answered {response.status_code} in an unknown form")
        accepted = text(answer["ResponseCode"])
        if accepted.strip("0"):
            raise _refusal(response.status_code, accepted, text(answer.get("ResponseDescription")))
        return answer

    def _token(self) -> str:
        try:
            return self._tokens.token(self._token_key, self._renewed).value
        except TokenUnavailable as error:
            raise Retryable("no access token can be had at this moment") from error

    def _renewed(self, old: AccessToken | None) -> AccessToken:
        """Asking for a token executes nothing: every disturbance is Retryable."""
        try:
            response = self._send("GET", TOKEN_PATH, params={"grant_type": "client_credentials"}, auth=self._login)
            if response.status_code in (400, 401, 403):
                raise Misconfigured("M-Pesa knows no such consumer key and secret", code="keys_refused")
            answer = _parse(response)
        except Unknown as error:
            raise Retryable(str(error)) from error
        value = text(answer.get("access_token"))
        if not response.is_success or not value:
            raise Retryable(f"M-Pesa gave no token: {response.status_code}")
        lives = text(answer.get("expires_in"))
        life = timedelta(seconds=int(lives) if lives.isascii() and lives.isdigit() else TOKEN_LIFE_S)
        return AccessToken(value, renew_at=datetime.now(UTC) + max(life - RENEW_EARLY, life / 2))

    def _send(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            return self._client.request(method, path, **arguments)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Retryable(f"M-Pesa cannot be reached: {type(error).__name__}") from error
        except httpx.TransportError as error:
            raise Unknown(f"no answer from M-Pesa: {type(error).__name__}") from error


def _token_key(settings: MpesaSettings) -> str:
    """Other credentials, or another account or host, have other tokens: a key without its secret is lent none."""
    parts = (settings.base_url, settings.account, settings.consumer_key, settings.consumer_secret)
    return f"mpesa:{sha256('\0'.join(parts).encode()).hexdigest()[:24]}"


def _parse(response: httpx.Response) -> dict[str, Any]:
    if response.status_code == 429:
        raise Retryable("too many requests", code="429")
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Unknown(f"M-Pesa answered {response.status_code} with something that is not its JSON")
    return answer


def _refusal(status: int, code: str, message: str) -> ProviderError:
    message = masked(message)[:200]
    if code == SPIKE_ARREST:
        return Retryable(message, code=code)
    if code in DUPLICATE:
        return AlreadySent(message, code=code)
    if code == SYSTEM_ERROR and BUSY.search(message):
        return Retryable(message, code="subscriber_busy")
    if code == SYSTEM_ERROR and UNFINISHED.search(message):
        return StillProcessing(message, code=code)
    if code == SYSTEM_ERROR and WRONG_CREDENTIALS.search(message):
        return Misconfigured(message, code=code)
    if status >= 500:
        return Unknown(message, code=code)
    return Misconfigured(f"{status} {code}: {message}", code=code)
