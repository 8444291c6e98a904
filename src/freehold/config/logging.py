"""Structured logs: one event per line, ids instead of persons.

Everything goes through structlog, the standard library's loggers included, so that one set of processors
keeps e-mail addresses, phone numbers, tokens and query strings out of the logs.
"""

from __future__ import annotations

import re
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED = "[redacted]"
SECRET_KEYS = re.compile(
    r"password|passwd|secret|token|authorization|cookie|signature|api_?key|email|phone|iban|card",
    re.IGNORECASE,
)
EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
PHONE = re.compile(r"\+\d[\d ()-]{7,18}\d")
# Without the plus, as wallets write them: of Kenya, Bangladesh and India, and as people there dial.
WALLET = re.compile(r"(?<!\w)(?:254[17]\d{8}|8801\d{9}|91[6-9]\d{9}|0[17]\d{8,9})(?!\w)")
# Keys of payment providers, and what opens one payment in the payer's browser.
KEY = re.compile(r"\b(?:(?:sk|rk)_(?:live|test)_|whsec_|(?:pi|seti|cs)_[A-Za-z0-9_]+_secret_)[A-Za-z0-9_]+")
BEARER = re.compile(r"(?i)\bbearer\s+\S+")
# The address that only one gateway was given, for one payment, with the code in its query; and that of a page where
# one amount is paid.
WEBHOOK = re.compile(
    r"(/(?:webhooks/[^/\s]+|instant-payment-notification/[^/\s]+|(?:payment|payout|expense)callback|pay(?:-links)?)/)[^/\s?]+(/?)"
    r"(?:\?[^\s\"'<>]*)?"
)
# What PostgreSQL adds to a refusal is the row itself, a password's hash included. A value may hold line breaks.
ROW = re.compile(
    r"\bDETAIL:.*?(?=\n(?:HINT|CONTEXT|QUERY|STATEMENT|LOCATION):|\n\n(?:The above exception|During handling of)|\Z)",
    re.DOTALL,
)
MAX_DEPTH = 4


def drop_personal_data(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Redact values of telling keys, and addresses, numbers, bearer tokens and rows of tables inside any text."""
    return {key: _clean(key, value, MAX_DEPTH) for key, value in event.items()}


def drop_query_strings(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Keep method and path of a request: what stands behind the '?' may be a search or a one-time token."""
    request = event.get("request")
    if isinstance(request, str):
        event["request"] = request.partition("?")[0]
    return event


def _clean(key: str, value: Any, depth: int) -> Any:
    if SECRET_KEYS.search(key) and not isinstance(value, bool | int | None):
        return REDACTED
    if isinstance(value, BaseException):
        value = str(value)
    if isinstance(value, str):
        value = ROW.sub(f"DETAIL: {REDACTED}", value)
        value = WEBHOOK.sub(rf"\1{REDACTED}\2", value)
        for pattern in (EMAIL, PHONE, WALLET, BEARER, KEY):
            value = pattern.sub(REDACTED, value)
        return value
    if depth and isinstance(value, dict):
        return {name: _clean(str(name), item, depth - 1) for name, item in value.items()}
    if depth and isinstance(value, list | tuple):
        return [_clean(key, item, depth - 1) for item in value]
    return value


def logging_settings(*, log_format: str, level: str) -> dict[str, Any]:
    """Configure structlog and return Django's LOGGING. `log_format` is `json` or `console`."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_query_strings,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    # The formatter that shows local variables would print passwords and guests. What is printed of an exception is
    # made a text first, so that it is cleaned like any other.
    plain = structlog.dev.plain_traceback
    last: list[Processor] = (
        [structlog.processors.format_exc_info, drop_personal_data, structlog.processors.JSONRenderer(_dump)]
        if log_format == "json"
        else [
            structlog.processors.format_exc_info,
            drop_personal_data,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain),
        ]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            }
        },
        "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stream"], "level": level},
        "loggers": {
            # Requests and their errors are logged once, by django_structlog.
            "django.server": {"level": "ERROR"},
            "django.request": {"level": "CRITICAL"},
            "procrastinate": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            # Print what was asked and answered.
            "httpcore": {"level": "WARNING"},
            "stripe": {"level": "WARNING"},
            "django.db.backends": {"level": "WARNING"},
        },
    }


def _dump(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
