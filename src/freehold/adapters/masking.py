"""What may be kept and shown of other people's messages.

Of a telephone number enough to recognise it, too little to call it. And of texts and numbers what a database takes: no
control characters, no halves of characters, numbers with decimals as text.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

_NUMBER = re.compile(r"(?<![0-9A-Za-z])\+?([0-9]{3,4})[0-9]{4,8}([0-9]{3})(?![0-9A-Za-z])")


def masked(text: str) -> str:
    """ "254712345678" -> "2547*****678", wherever in the text a number of 10 to 15 digits stands by itself."""
    return _NUMBER.sub(r"\1*****\2", text)


def printable(text: str) -> str:
    """With spaces in place of what cannot be printed."""
    return text if text.isprintable() else "".join(each if each.isprintable() else " " for each in text)


def with_masked(body: Mapping[str, object], fields: frozenset[str]) -> dict[str, object]:
    """A copy in which the values of these fields, at any depth, show no whole telephone number."""
    return {printable(key): _value(value, fields, inside=key in fields) for key, value in body.items()}


def _value(value: object, fields: frozenset[str], *, inside: bool) -> object:
    if isinstance(value, Mapping):
        # {"Key": "PhoneNumber", "Value": ...}: the name of the field stands beside its value.
        named = any(isinstance(name := value.get(each), str) and name in fields for each in ("Key", "Name"))
        return {
            printable(key): _value(each, fields, inside=inside or named or key in fields) for key, each in value.items()
        }
    if isinstance(value, list):
        return [_value(each, fields, inside=inside) for each in value]
    if inside and isinstance(value, str | int) and not isinstance(value, bool):
        return masked(printable(str(value)))
    if isinstance(value, Decimal):
        return format(value, "f")
    return printable(value) if isinstance(value, str) else value
