"""Calls Stripe through its SDK and sorts every outcome by one question: may it have been executed?

The SDK knows paths, parameters, headers and objects. Its transport is ours, and its own retries are off: it repeats
what may have been executed without saying so, and a repetition is the caller's to decide.

| outcome                                                     | raised          |
|-------------------------------------------------------------|-----------------|
| could not connect, 429                                      | Retryable       |
| read timeout, reset, 5xx, unparsable (a write)              | Unknown         |
| another request with the same key is under way (409)        | Unknown         |
| the same while reading                                      | Retryable       |
| refused for a reason of the payer or the state              | Declined        |
| anything else that is our fault: keys, parameters           | Misconfigured   |
"""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import httpx
import stripe

from freehold.adapters.payments.stripe.settings import API_VERSION, StripeSettings
from freehold.ports.payment_gateway import Declined, Misconfigured, ProviderError, Retryable, Unknown

FINAL_REFUSALS = frozenset(
    {
        "amount_too_large",
        "amount_too_small",
        "balance_insufficient",
        "charge_already_captured",
        "charge_already_refunded",
        "charge_disputed",
        "charge_expired_for_capture",
        "charge_not_refundable",
        "insufficient_funds",
        "payment_intent_unexpected_state",
        "refund_disputed_payment",
        "transfers_not_allowed",
    }
)
FINAL_WORDS = {
    "greater than unrefunded amount": "refund_exceeds_received",
    "does not have a successful charge to refund": "nothing_to_refund",
    "status in": "checkout_session_unexpected_state",
}
"""Some refusals have no code: only their words tell what they mean."""

# At DEBUG the SDK's logger writes whole requests and answers, secrets of the browser included.
logging.getLogger("stripe").setLevel(logging.WARNING)

type Ask = Callable[[Any], stripe.StripeObject]


class Sdk:
    """Thread-safe. Gives the SDK's `v1` services to `ask`, and returns what they answer as plain JSON."""

    def __init__(self, settings: StripeSettings) -> None:
        self._client = stripe.StripeClient(
            settings.secret_key,
            stripe_account=settings.connected_account or None,
            stripe_version=API_VERSION,
            base_addresses={"api": settings.base_url},
            max_network_retries=0,
            http_client=_Transport(connect_s=settings.connect_timeout_s, read_s=settings.read_timeout_s),
        )

    def call(self, ask: Ask) -> dict[str, Any]:
        """Raises ProviderError."""
        try:
            return ask(self._client.v1).to_dict()
        except stripe.StripeError as error:
            # The SDK's errors carry the whole answer and its headers; what we raise may be logged.
            raise _refusal(error) from None


class _Transport(stripe.HTTPClient):
    """Connections are not kept: one that died unnoticed would make every answer uncertain."""

    name: ClassVar[str] = "httpx"

    def __init__(self, *, connect_s: float, read_s: float) -> None:
        super().__init__()
        self._client = httpx.Client(
            timeout=httpx.Timeout(read_s, connect=connect_s),
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
        )

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        try:
            answer = self._client.request(method, url, headers=dict(headers or {}), content=post_data or None)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Retryable(f"Stripe cannot be reached: {type(error).__name__}") from None
        except httpx.TransportError as error:
            raise Unknown(f"no answer from Stripe: {type(error).__name__}") from None
        if answer.status_code >= 500:
            raise Unknown(f"Stripe answered {answer.status_code}")
        if not _is_stripes(answer):
            raise Unknown(f"Stripe answered {answer.status_code} with something that is not its JSON")
        return answer.text, answer.status_code, answer.headers

    def close(self) -> None:
        self._client.close()


def _is_stripes(answer: httpx.Response) -> bool:
    try:
        body = json.loads(answer.content)
    except ValueError:
        return False
    return isinstance(body, dict) and ("object" in body if answer.is_success else "error" in body)


def _refusal(error: stripe.StripeError) -> ProviderError:
    code, words = error.code or "", error.user_message or ""
    status = error.http_status
    match error:
        case stripe.RateLimitError():
            return Retryable("Stripe asks us to slow down", code=code or "rate_limit")
        case stripe.CardError():
            return Declined(words, code=code or "card_declined")
        case stripe.AuthenticationError() | stripe.PermissionError():
            return Misconfigured(f"{status}: Stripe does not accept our key", code=code or "api_key_refused")
        case stripe.IdempotencyError():
            return Misconfigured("this key was used with other parameters", code=code or "idempotency_error")
        case stripe.InvalidRequestError():
            return _invalid(status, code, words)
        case _ if status == 409:
            return Unknown("the same request is still under way", code=code or "idempotency_key_in_use")
        case _:
            return Unknown(f"Stripe answered {status} in an unknown form", code=code or None)


def _invalid(status: int | None, code: str, words: str) -> ProviderError:
    if code in FINAL_REFUSALS:
        return Declined(words, code=code)
    for part, meaning in FINAL_WORDS.items():
        if part in words and status == 400:
            return Declined(words, code=meaning)
    return Misconfigured(f"{status} {code}: {words}", code=code or "invalid_request")
