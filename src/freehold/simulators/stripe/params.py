"""Reads Stripe's form-encoded parameters: `metadata[a]=b`, `line_items[0][quantity]=1`, `expand[]=x`."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from freehold.domain.money import CURRENCIES
from freehold.simulators.stripe.errors import Refusal

MOST = 99_999_999
MOST_METADATA = 50
MINIMUMS = {"usd": 50, "eur": 50, "gbp": 30, "jpy": 50, "hkd": 400, "mxn": 1000, "thb": 1000, "czk": 1500, "huf": 17500}
THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
HUNDREDS = frozenset({"isk", "ugx"})
_KEY = re.compile(r"\[([^\]]*)\]")


def decode(body: bytes) -> dict[str, Any]:
    """The nested parameters; lists are kept as lists, whatever their indexes were."""
    nested: dict[str, Any] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        head = name.split("[", 1)[0]
        _put(nested, [head, *_KEY.findall(name)], value)
    return {name: _lists(value) for name, value in nested.items()}


def _put(into: dict[str, Any], path: list[str], value: str) -> None:
    *folders, last = path
    for folder in folders:
        into = into.setdefault(folder if folder else str(len(into)), {})
        if not isinstance(into, dict):
            raise Refusal.bad(path[0], "Invalid parameters.")
    into[last if last else str(len(into))] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(each) for name, each in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


class Params:
    """Typed access. `known`: every name that the operation takes; another one is refused, as Stripe does."""

    def __init__(self, values: dict[str, Any], known: tuple[str, ...], *, prefix: str = "") -> None:
        self._values = values
        self._prefix = prefix
        for name in values:
            if name not in (*known, "expand"):
                full = self._full(name)
                raise Refusal.bad(full, f"Received unknown parameter: {full}", code="parameter_unknown")

    def _full(self, name: str) -> str:
        return f"{self._prefix}[{name}]" if self._prefix else name

    def has(self, name: str) -> bool:
        return self._values.get(name) not in (None, "")

    def text(self, name: str, *, longest: int = 1000) -> str | None:
        value = self._values.get(name)
        if value in (None, ""):
            return None
        if not isinstance(value, str) or len(value) > longest:
            raise Refusal.bad(self._full(name), f"Invalid string: {self._full(name)}.")
        return value

    def required(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            full = self._full(name)
            raise Refusal.bad(full, f"Missing required param: {full}.", code="parameter_missing")
        return value

    def integer(self, name: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?[0-9]{1,15}", value):
            raise Refusal.bad(self._full(name), f"Invalid integer: {value}", code="parameter_invalid_integer")
        return int(value)

    def positive(self, name: str) -> int | None:
        value = self.integer(name)
        if value is not None and value < 1:
            full = self._full(name)
            raise Refusal.bad(full, "This value must be greater than or equal to 1.", code="parameter_invalid_integer")
        return value

    def choice(self, name: str, options: tuple[str, ...]) -> str | None:
        value = self.text(name)
        if value is not None and value not in options:
            raise Refusal.bad(self._full(name), f"Invalid {self._full(name)}: must be one of {', '.join(options)}")
        return value

    def flag(self, name: str) -> bool:
        return self.choice(name, ("true", "false")) == "true"

    def url(self, name: str) -> str | None:
        value = self.text(name, longest=5000)
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Refusal.bad(self._full(name), "Not a valid URL", code="url_invalid")
        return value

    def group(self, name: str, known: tuple[str, ...]) -> "Params":
        value = self._values.get(name, {})
        if not isinstance(value, dict):
            raise Refusal.bad(self._full(name), f"Invalid object: {self._full(name)}")
        return Params(value, known, prefix=self._full(name))

    def groups(self, name: str, known: tuple[str, ...]) -> list["Params"]:
        value = self._values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise Refusal.bad(self._full(name), f"Invalid array: {self._full(name)}")
        return [Params(each, known, prefix=f"{self._full(name)}[{index}]") for index, each in enumerate(value)]

    def texts(self, name: str) -> list[str]:
        value = self._values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Refusal.bad(self._full(name), f"Invalid array: {self._full(name)}")
        return value

    def metadata(self) -> dict[str, str]:
        value = self._values.get("metadata") or {}
        fine = isinstance(value, dict) and len(value) <= MOST_METADATA
        if not fine or not all(
            isinstance(each, str) and len(each) <= 500 and len(key) <= 40 for key, each in value.items()
        ):
            raise Refusal.bad("metadata", "Metadata may have 50 keys of 40 characters, with values of 500.")
        return dict(value)

    def currency(self, name: str = "currency") -> str:
        value = self.required(name).lower()
        if value.upper() not in CURRENCIES:
            raise Refusal.bad(self._full(name), f"Invalid currency: {value}.")
        return value

    def price(self, name: str, currency: str) -> int:
        """An amount that a payer can be asked for."""
        value = self.positive(name)
        if value is None:
            full = self._full(name)
            raise Refusal.bad(full, f"Missing required param: {full}.", code="parameter_missing")
        if value > MOST:
            raise Refusal.bad(self._full(name), "Amount must be no more than $999,999.99", code="amount_too_large")
        if value < MINIMUMS.get(currency, 1):
            raise Refusal.bad(self._full(name), "Amount must convert to at least 50 cents.", code="amount_too_small")
        if (currency in THREE_DECIMALS and value % 10) or (currency in HUNDREDS and value % 100):
            raise Refusal.bad(
                self._full(name), f"Invalid amount for {currency}: {value}", code="parameter_invalid_integer"
            )
        return value
