"""Sends text messages through any gateway that takes one HTTP POST: address, headers and body come from the settings.

The body is a template in JSON or as a form, in which `{to}`, `{text}`, `{sender}` and `{key}` stand for the message.
It is taken apart before they are put in, so that no text can change its shape. `{key}` names the message: a gateway
that knows such keys drops a repetition.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from freehold.adapters.messaging.sms_http import SmsHttp, judge, require_text_message
from freehold.ports.messenger import Message

PLACEHOLDERS = ("{to}", "{text}", "{sender}", "{key}")
_PLACEHOLDER = re.compile("|".join(re.escape(each) for each in PLACEHOLDERS))


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpGatewaySettings:
    """`headers` carry what the gateway wants to know us by. `body` is JSON if it begins with a brace, else a form."""

    url: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    sender: str = ""
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        if "{to}" not in self.body or "{text}" not in self.body:
            raise ValueError("the body needs {to} and {text}")
        read_body(self.body)


class HttpGatewayMessenger:
    """Implements Messenger for "sms"."""

    def __init__(self, settings: HttpGatewaySettings) -> None:
        self._http = SmsHttp(timeout_s=settings.timeout_s, headers=settings.headers)
        self._settings = settings
        self._body = read_body(settings.body)

    def send(self, message: Message) -> None:
        require_text_message(message)
        values = (message.to, message.text, self._settings.sender, message.dedupe_key)
        filled = _fill(self._body, dict(zip(PLACEHOLDERS, values, strict=True)))
        kind = "json" if _is_json(self._settings.body) else "data"
        response = self._http.post(self._settings.url, **{kind: filled})
        if not response.is_success:
            raise judge(response.status_code, f"the SMS gateway answered {response.status_code}")


def read_body(template: str) -> Any:
    """The template as nested values. Raises ValueError for what is neither JSON nor a form."""
    if _is_json(template):
        return json.loads(template)
    return dict(parse_qsl(template, strict_parsing=True, keep_blank_values=True))


def _is_json(template: str) -> bool:
    return template.lstrip().startswith("{") and not template.lstrip().startswith(PLACEHOLDERS)


def _fill(value: Any, facts: Mapping[str, str]) -> Any:
    match value:
        case str():
            # In one pass: what a text says is not read as a placeholder again.
            return _PLACEHOLDER.sub(lambda found: facts[found[0]], value)
        case dict():
            return {name: _fill(each, facts) for name, each in value.items()}
        case list():
            return [_fill(each, facts) for each in value]
    return value
