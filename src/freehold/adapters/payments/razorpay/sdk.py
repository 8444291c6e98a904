"""Razorpay's SDK, and a judge of what its calls bring: may it have been executed?

The SDK knows paths, headers and authentication. It has no timeouts, prints to the terminal, reduces errors to their
message and fails on pages that are not JSON; so its session is ours, and judges every answer before the SDK sees it.

| outcome                                                     | raised          |
|-------------------------------------------------------------|-----------------|
| could not connect, 429                                      | Retryable       |
| read timeout, reset, 5xx, GATEWAY_ERROR, unparsable (write) | Unknown         |
| another request with the same key is under way (409)        | Unknown         |
| the same while reading                                      | Retryable       |
| refused for a reason of the payer or the state              | Declined        |
| anything else that is our fault: keys, parameters           | Misconfigured   |
"""

from collections.abc import Mapping
from typing import Any

import razorpay
import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from freehold.adapters.payments.razorpay.settings import RazorpaySettings
from freehold.ports.payment_gateway import Declined, Misconfigured, ProviderError, Retryable, Unknown

FINAL_REFUSALS = {
    "greater than amount captured": "refund_exceeds_received",
    "total refund amount is greater": "refund_exceeds_received",
    "fully refunded already": "fully_refunded",
    "more than 6 months old": "refund_window_passed",
    "enough balance": "insufficient_balance",
    "insufficient balance": "insufficient_balance",
    "already been captured": "already_captured",
    "order is already paid": "already_captured",
    "equal to the amount authorized": "capture_differs",
    "status should be captured": "not_captured",
    "not yet captured can be captured": "not_authorized",
}
"""Razorpay's errors share one code; only the words tell them apart."""

NOT_A_REASON = (None, "", "NA", "null")


def open_session(settings: RazorpaySettings) -> requests.Session:
    """A session of its own for every call: connections are not kept, for one that died unnoticed would make every
    answer uncertain."""
    return _JudgingSession((settings.connect_timeout_s, settings.read_timeout_s))


def open_client(settings: RazorpaySettings, session: requests.Session) -> Any:
    return razorpay.Client(session=session, auth=(settings.key_id, settings.key_secret), base_url=settings.base_url)


class _JudgingSession(requests.Session):
    def __init__(self, timeout: tuple[float, float]) -> None:
        super().__init__()
        self.trust_env = False
        self._timeout = timeout

    def request(self, method: str, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
        options |= {"timeout": self._timeout, "allow_redirects": False}
        try:
            response = super().request(method, url, **options)
        except requests.RequestException as error:
            raise _disturbance(error) from error
        _judge(response)
        return response


def _disturbance(error: requests.RequestException) -> ProviderError:
    kind = type(error).__name__
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return Retryable(f"Razorpay cannot be reached: {kind}")
    return Unknown(f"no answer from Razorpay: {kind}")


def _judge(response: requests.Response) -> None:
    status = response.status_code
    if status == 429:
        raise Retryable("Razorpay asks us to slow down", code="rate_limited")
    if status >= 500:
        raise Unknown(f"Razorpay answered {status}")
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Unknown(f"Razorpay answered {status} with something that is not its JSON")
    if 200 <= status < 300 and ("id" in body or "items" in body):
        return
    raise _refusal(status, body)


def _refusal(status: int, body: Mapping[str, Any]) -> ProviderError:
    error = body.get("error")
    if not isinstance(error, dict):
        return Unknown(f"Razorpay answered {status} in an unknown form")
    code, message = str(error.get("code")), str(error.get("description"))
    if code in ("GATEWAY_ERROR", "SERVER_ERROR") or (status == 409 and "in progress" in message):
        return Unknown(message, code=code)
    for words, refusal in FINAL_REFUSALS.items():
        if words in message:
            return Declined(message, code=refusal)
    reason = error.get("reason")
    return Misconfigured(f"{status} {code}: {message}", code=code if reason in NOT_A_REASON else str(reason))
