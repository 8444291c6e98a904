"""Calls bKash and sorts every outcome by one question: may it have been executed?

| outcome                                              | raised                                   |
|------------------------------------------------------|------------------------------------------|
| could not connect, 429, maintenance                  | Retryable                                |
| time-out, reset, 5xx, empty, not JSON, code 2003 ... | Unknown; Retryable where we only asked   |
| 401, or an invalid token                             | once more with a new token, then Misconfigured |
| refused for a reason of the payer or of the state    | Declined                                 |
| anything else that is our fault                      | Misconfigured                            |

bKash answers errors in four forms: `statusCode`, `errorCode`, `externalCode` (refunds), and the `message` of the
gateway in front of it. A 200 is no success by itself.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from freehold.adapters.payments.bkash import codes
from freehold.adapters.payments.bkash.settings import BkashSettings
from freehold.adapters.payments.bkash.tokens import BkashTokens
from freehold.adapters.payments.bkash.wire import code_of, parsed, send
from freehold.ports.payment_gateway import Misconfigured, ProviderError, Retryable, Unknown

BUSY = ("too many requests", "limit exceeded")


class BkashHttp:
    """Thread-safe. Calls are authorised by the shared token of one product."""

    def __init__(self, settings: BkashSettings, client: httpx.Client, tokens: BkashTokens) -> None:
        self._app_key = settings.app_key
        self._client = client
        self._tokens = tokens

    def ask(self, url: str, body: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A question, by POST, or by GET without a body. Nothing can have been executed."""
        try:
            return self._call("POST" if body is not None else "GET", url, body)
        except Unknown as error:
            raise Retryable(str(error), code=error.code) from error

    def write(self, url: str, body: Mapping[str, str]) -> dict[str, Any]:
        return self._call("POST", url, body)

    def _call(self, method: str, url: str, body: Mapping[str, str] | None) -> dict[str, Any]:
        for _ in range(2):
            token = self._tokens.current()
            headers = {"Authorization": token, "X-App-Key": self._app_key}
            response = send(self._client, method, url, headers=headers, json=body)
            if not _is_token_refused(response):
                return _sorted(response)
            self._tokens.reject(token)
        raise Misconfigured("bKash does not take the token that it has just given", code="unauthorized")


def _is_token_refused(response: httpx.Response) -> bool:
    if response.status_code == 401:
        return True
    body = parsed(response) if response.status_code < 500 else None
    return body is not None and code_of(body) == codes.BAD_TOKEN


def _sorted(response: httpx.Response) -> dict[str, Any]:
    status, body = response.status_code, parsed(response)
    if status == 429:
        raise Retryable("bKash has too much to do", code="429")
    if status >= 500 or not body:
        raise Unknown(f"bKash answered {status} with nothing usable", code=str(status))
    code = code_of(body)
    if code == codes.OK or (code is None and response.is_success and "message" not in body):
        return body
    if code is not None:
        raise codes.refusal(code, _text(body))
    raise _doorman(status, str(body.get("message", "")))


def _doorman(status: int, message: str) -> ProviderError:
    """The gateway in front of bKash refused the request before anybody there read it, or lost it behind itself."""
    if message.lower().startswith(BUSY):
        return Retryable(f"bKash: {message}", code="429")
    if 400 <= status < 500:
        return Misconfigured(f"bKash {status}: {message}", code=str(status))
    return Unknown(f"bKash answered {status}: {message}", code=str(status))


def _text(body: Mapping[str, Any]) -> str:
    names = ("statusMessage", "errorMessage", "errorMessageEn")
    return str(next((body[name] for name in names if body.get(name)), ""))[:200]
