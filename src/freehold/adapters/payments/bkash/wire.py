"""One request to bKash and its answer as bytes: whether anything was sent, and what can be read at all."""

from collections.abc import Mapping
from typing import Any

import httpx

from freehold.adapters.payments.bkash.settings import BkashSettings
from freehold.ports.payment_gateway import Retryable, Unknown

TIMEOUT = "timeout"


def new_client(settings: BkashSettings) -> httpx.Client:
    """Connections are not kept: one that died unnoticed would make every answer uncertain."""
    return httpx.Client(
        headers={"Accept": "application/json", "User-Agent": "freehold/1"},
        timeout=httpx.Timeout(settings.read_timeout_s, connect=settings.connect_timeout_s),
        limits=httpx.Limits(max_keepalive_connections=0),
        trust_env=False,
    )


def send(client: httpx.Client, method: str, url: str, **arguments: Any) -> httpx.Response:
    """Raises Retryable when nothing was sent, Unknown when no answer came."""
    try:
        return client.request(method, url, **arguments)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise Retryable(f"bKash cannot be reached: {type(error).__name__}") from error
    except httpx.TimeoutException as error:
        raise Unknown("bKash did not answer in time", code=TIMEOUT) from error
    except httpx.TransportError as error:
        raise Unknown(f"no answer from bKash: {type(error).__name__}") from error


def parsed(response: httpx.Response) -> dict[str, Any] | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def code_of(body: Mapping[str, Any]) -> str | None:
    found = next((body[name] for name in ("statusCode", "errorCode", "externalCode") if body.get(name)), None)
    return None if found is None else str(found)
