"""Sends text messages through Twilio, or whoever speaks its "Messages" API.

Twilio knows no idempotency keys: a message whose answer was lost is sent twice.
"""

from dataclasses import dataclass

import httpx

from freehold.adapters.messaging.sms_http import SmsHttp, judge, require_text_message
from freehold.ports.messenger import Message, MessageRefused, MessengerUnavailable

# https://www.twilio.com/docs/api/errors: the sender, the account or its limits are wrong, not the message.
OUR_FAULT = frozenset({20003, 20429, 21212, 21603, 21606, 21608, 21611, 21659, 21660, 30001, 30002, 63038})
MESSAGING_SERVICE = "MG"


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioSettings:
    """`sender`: a number, a name, or the id of a messaging service ("MG...")."""

    account: str
    token: str
    sender: str
    base_url: str = "https://api.twilio.com"
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        if not (self.account and self.token and self.sender):
            raise ValueError("account, token and sender are needed")


class TwilioMessenger:
    """Implements Messenger for "sms"."""

    def __init__(self, settings: TwilioSettings) -> None:
        self._http = SmsHttp(timeout_s=settings.timeout_s, headers={}, auth=(settings.account, settings.token))
        self._url = f"{settings.base_url}/2010-04-01/Accounts/{settings.account}/Messages.json"
        field = "MessagingServiceSid" if settings.sender.startswith(MESSAGING_SERVICE) else "From"
        self._sender = {field: settings.sender}

    def send(self, message: Message) -> None:
        require_text_message(message)
        response = self._http.post(self._url, data={"To": message.to, "Body": message.text, **self._sender})
        if not response.is_success:
            raise _error(response)


def _error(response: httpx.Response) -> MessageRefused | MessengerUnavailable:
    """By Twilio's own code where there is one; its words may repeat the number and are left out."""
    try:
        code = int(response.json()["code"])
    except (ValueError, KeyError, TypeError):
        code = 0
    reason = f"Twilio answered {response.status_code}, code {code}"
    return MessengerUnavailable(reason) if code in OUR_FAULT else judge(response.status_code, reason)
