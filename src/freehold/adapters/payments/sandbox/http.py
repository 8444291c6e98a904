"""Calls the gateway and sorts every outcome by one question: may it have been executed?

| outcome                                            | raised          |
|----------------------------------------------------|-----------------|
| could not connect, 429                             | Retryable       |
| read timeout, reset, 5xx, unparsable (a write)     | Unknown         |
| the same while reading                             | Retryable       |
| refused for a reason of the payer or the state     | Declined        |
| anything else that is our fault: keys, parameters  | Misconfigured   |
"""

from collections.abc import Mapping
from typing import Any

import httpx

from freehold.adapters.payments.sandbox.settings import SandboxSettings
from freehold.ports.payment_gateway import (
    Declined,
    Misconfigured,
    ProviderError,
    Retryable,
    Unknown,
)

FINAL_REFUSALS = frozenset({"refund_exceeds_received", "amount_too_large", "payment_unexpected_state"})


class SandboxHttp:
    """Thread-safe. Connections are not kept: one that died unnoticed would make every answer uncertain."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._client = httpx.Client(
            base_url=settings.base_url,
            headers={"Authorization": f"Bearer {settings.api_key}", "User-Agent": "freehold/1"},
            timeout=httpx.Timeout(settings.read_timeout_s, connect=settings.connect_timeout_s),
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
        )

    def read(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """GET. Nothing can have been executed, so that every disturbance is Retryable."""
        try:
            return self._call("GET", path, params=params)
        except Unknown as error:
            raise Retryable(str(error), code=error.code) from error

    def write(self, path: str, body: Mapping[str, object], *, key: str) -> dict[str, Any]:
        """POST under an idempotency key."""
        return self._call("POST", path, json=body, headers={"Idempotency-Key": key})

    def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        try:
            response = self._client.request(method, path, **arguments)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Retryable(f"the gateway cannot be reached: {type(error).__name__}") from error
        except httpx.TransportError as error:
            raise Unknown(f"no answer from the gateway: {type(error).__name__}") from error
        if response.status_code >= 500:
            raise Unknown(f"the gateway answered {response.status_code}")
        body = _parse(response)
        if response.is_success and "object" in body:
            return body
        raise _refusal(response.status_code, body)


def _parse(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Unknown(f"the gateway answered {response.status_code} with something that is not its JSON")
    return body


def _refusal(status: int, body: Mapping[str, Any]) -> ProviderError:
    error = body.get("error")
    if not isinstance(error, dict):
        return Unknown(f"the gateway answered {status} in an unknown form")
    code, message = str(error.get("code")), str(error.get("message"))
    if status == 429:
        return Retryable(message, code=code)
    if code in FINAL_REFUSALS or status == 402:
        return Declined(message, code=code)
    return Misconfigured(f"{status} {code}: {message}", code=code)
