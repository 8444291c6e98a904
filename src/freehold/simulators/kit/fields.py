"""Reads typed values out of a JSON body and names the field that is wrong."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from freehold.domain.money import CURRENCIES
from freehold.simulators.kit.errors import Refusal, bad_field

LARGEST_AMOUNT = 10**12


class Fields:
    """`refuse(name, message)` makes the error that is raised; a vendor gives its own envelope."""

    def __init__(self, body: Mapping[str, Any], *, refuse: Callable[[str, str], Refusal] = bad_field) -> None:
        self._body = body
        self._refuse = refuse

    def text(self, name: str, *, default: str | None = None, longest: int = 500) -> str:
        value = self._body.get(name, default)
        if not isinstance(value, str) or len(value) > longest or (default is None and not value):
            raise self._refuse(name, f"{name} must be a text of at most {longest} characters.")
        return value

    def choice(self, name: str, options: tuple[str, ...], *, default: str | None = None) -> str:
        value = self._body.get(name, default)
        if value not in options:
            raise self._refuse(name, f"{name} must be one of {', '.join(options)}.")
        return str(value)

    def amount(self, name: str = "amount", *, default: int | None = None) -> int:
        """A positive integer in minor units."""
        value = self._body.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= LARGEST_AMOUNT:
            raise self._refuse(name, f"{name} must be a positive integer in minor units.")
        return value

    def currency(self, name: str = "currency") -> str:
        value = self._body.get(name)
        if value not in CURRENCIES:
            raise self._refuse(name, f"{name} must be an upper-case ISO 4217 code.")
        return str(value)

    def url(self, name: str) -> str:
        value = self.text(name, longest=2000)
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise self._refuse(name, f"{name} must be an http or https URL.")
        return value

    def number(self, name: str, *, default: float | None = None) -> float:
        value = self._body.get(name, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= LARGEST_AMOUNT:
            raise self._refuse(name, f"{name} must be a number.")
        return float(value)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._body.get(name, default)
        if not isinstance(value, bool):
            raise self._refuse(name, f"{name} must be true or false.")
        return value

    def texts(self, name: str) -> dict[str, str]:
        """An object whose values are texts."""
        value = self._body.get(name, {})
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise self._refuse(name, f"{name} must be an object of texts.")
        return dict(value)
