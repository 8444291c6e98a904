"""What all ways to send text messages over HTTP share: one POST, and an answer sorted into taken, later and never."""

from collections.abc import Mapping
from typing import Any

import httpx

from freehold.ports.messenger import Message, MessageRefused, MessengerUnavailable

# The message is in order, but not now, or not with this configuration: it is mended and tried again.
PASSING = frozenset({401, 403, 404, 405, 408, 425, 429})


class SmsHttp:
    """Thread-safe. Neither the message nor a secret ever stands in an error: errors are logged."""

    def __init__(self, *, timeout_s: float, headers: Mapping[str, str], auth: tuple[str, str] | None = None) -> None:
        self._client = httpx.Client(
            headers={"User-Agent": "freehold/1", **headers},
            auth=auth,
            timeout=timeout_s,
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )

    def post(self, url: str, **body: Any) -> httpx.Response:
        """Raises MessengerUnavailable when no answer comes. A message may have left all the same."""
        try:
            return self._client.post(url, **body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise MessengerUnavailable(f"the SMS gateway cannot be reached: {type(error).__name__}") from None


def require_text_message(message: Message) -> None:
    """Raises MessageRefused for anything but an SMS."""
    if message.channel != "sms":
        raise MessageRefused("this adapter sends text messages only")


def judge(status: int, reason: str) -> MessageRefused | MessengerUnavailable:
    """The error for an answer that is no 2xx."""
    if 400 <= status < 500 and status not in PASSING:
        return MessageRefused(reason)
    return MessengerUnavailable(reason)
