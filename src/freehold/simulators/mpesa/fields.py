"""The fields of a request to Daraja, which takes numbers as text and text as numbers."""

from typing import Any

from freehold.simulators.kit import fields
from freehold.simulators.mpesa.errors import Refusal

IDENTIFIERS = frozenset(
    {
        "BusinessShortCode",
        "ShortCode",
        "PhoneNumber",
        "Msisdn",
        "PartyA",
        "PartyB",
        "ReceiverParty",
        "RecieverIdentifierType",
        "IdentifierType",
    }
)


class Fields(fields.Fields):
    def __init__(self, body: dict[str, Any]) -> None:
        self._read = {name: _value(name, value) for name, value in body.items()}
        super().__init__(self._read, refuse=Refusal.bad_field)

    def value(self, name: str) -> Any:
        return self._read.get(name)

    def all(self) -> dict[str, Any]:
        return dict(self._read)


def _value(name: str, value: Any) -> Any:
    if name == "Amount" and isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if name in IDENTIFIERS and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value
