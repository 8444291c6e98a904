"""Amounts, times and texts as East African banks write them."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from freehold.adapters.masking import printable
from freehold.domain.money import Money, MoneyError, exponent
from freehold.ports.credit_source import UnreadableNotice

EAT = timezone(timedelta(hours=3), "EAT")
"""East Africa Time has no summer time."""

LONGEST_REFERENCE = 300
LARGEST = 20
_ABSENT = frozenset({"", "none", "null"})
_DIGITS = re.compile(r"[0-9]{12}(?:[0-9]{2})?")
_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?(Z|[+-][0-9:]{5})?")
_DOTTED = re.compile(r"[0-9]{2}\.[0-9]{2}\.[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_JAVA = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +([0-9]{1,2}) ([0-9]{2}:[0-9]{2}:[0-9]{2}) [A-Z]{2,5} ([0-9]{4})")


def read_json(body: bytes) -> dict[str, object]:
    """The JSON object; numbers with decimals stay exact. Raises UnreadableNotice."""
    try:
        parsed = json.loads(body, parse_float=_decimal, parse_constant=_refuse)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise UnreadableNotice("the body is no JSON object")
    return parsed


def _decimal(written: str) -> Decimal:
    """No amount has more than LARGEST digits before or after the point; written out, others would fill the memory."""
    value = Decimal(written)
    if not -LARGEST <= value.adjusted() <= LARGEST:
        raise ValueError("this is no amount")
    return value


def _refuse(constant: str) -> Decimal:
    raise ValueError(f"{constant} is no JSON")


def part(body: Mapping[str, object], name: str) -> Mapping[str, object]:
    """A nested object, empty when it is missing."""
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def text(value: object) -> str:
    """Trimmed, without control characters; banks write "NONE" and "null" for nothing."""
    if value is None or isinstance(value, bool | dict | list):
        return ""
    trimmed = printable(str(value)).strip()
    return "" if trimmed.casefold() in _ABSENT else trimmed


def money(value: object, currency: str) -> Money:
    """A positive amount written as a number or as text, with or without thousands' commas."""
    written = format(value, "f") if isinstance(value, Decimal) else text(value).replace(",", "")
    try:
        digits = exponent(currency)
        whole, point, fraction = written.partition(".")
        # "150.000" is 150.00: zeros beyond the currency's digits say nothing.
        kept = fraction[:digits] + fraction[digits:].rstrip("0")
        amount = Money.parse(f"{whole}{point}{kept}" if kept else whole, currency)
    except MoneyError as error:
        raise UnreadableNotice("the amount cannot be read") from error
    if not amount.is_positive:
        raise UnreadableNotice("the amount is not positive")
    return amount


def moment(value: object) -> datetime | None:
    """None for what is none of 202611201500, 20261120150042, "2026-11-20 15:00:42.0", "20.11.2026 15:00:42" and
    "Fri Nov 20 15:00:42 EAT 2026"."""
    written = text(value)
    try:
        if _DIGITS.fullmatch(written):
            return datetime.strptime(written.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=EAT).astimezone(UTC)
        if _WRITTEN.fullmatch(written):
            parsed = datetime.fromisoformat(written)
            return (parsed if parsed.tzinfo else parsed.replace(tzinfo=EAT)).astimezone(UTC)
        if _DOTTED.fullmatch(written):
            return datetime.strptime(written, "%d.%m.%Y %H:%M:%S").replace(tzinfo=EAT).astimezone(UTC)
        if match := _JAVA.fullmatch(written):
            in_order = " ".join(match.groups())
            return datetime.strptime(in_order, "%b %d %H:%M:%S %Y").replace(tzinfo=EAT).astimezone(UTC)
    except ValueError:
        return None
    return None


def joined(*values: object) -> str:
    """Different texts that may hold what the payer typed, one after the other."""
    return " | ".join(dict.fromkeys(filter(None, map(text, values))))[:LONGEST_REFERENCE]


def required(value: object, name: str) -> str:
    written = text(value)
    if not written or len(written) > 100:
        raise UnreadableNotice(f"{name} is missing")
    return written
