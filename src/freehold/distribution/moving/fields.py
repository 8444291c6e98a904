"""The fields of a row, one by one: read as what they should be, or refused in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from freehold.distribution.moving.dumps import MOST_DIGITS, DumpRow
from freehold.domain.money import Money, exponent
from freehold.pricing.models import MAX_PRICE_MINOR

_YEARS = range(1900, 2200)
_SURROGATES = re.compile("[\ud800-\udfff]")


class Unfit(Exception):
    """A row that cannot be taken; the text says why."""


@dataclass(frozen=True, slots=True)
class Fields:
    """Of one row. Each reader takes several names: businesses call things differently; the first that is there counts.

    Raises Unfit for a value of another kind, and for one that is missing where no default is given.
    """

    row: DumpRow
    currency: str
    zone: ZoneInfo

    def has(self, *names: str) -> bool:
        return self._find(names)[1] is not None

    def text(self, *names: str, default: str | None = None, longest: int = 0) -> str:
        """Without blanks around it. `longest`: more is refused."""
        name, value = self._find(names)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            value = str(value)
        if value is None or value == "":
            return self._missing(name, default)
        if not isinstance(value, str):
            raise Unfit(f"{name} is no text")
        if "\x00" in value or _SURROGATES.search(value):
            raise Unfit(f"{name} has characters that cannot be stored")
        if longest and len(value.strip()) > longest:
            raise Unfit(f"{name} is longer than {longest} characters")
        return value.strip()

    def count(self, *names: str, default: int | None = None, least: int = 0, most: int = 32_767) -> int:
        name, value = self._find(names)
        if value is None or value == "":
            return self._missing(name, default)
        number = self._decimal(name, value)
        if number != number.to_integral_value() or not least <= number <= most:
            raise Unfit(f"{name} is no whole number from {least} to {most}")
        return int(number)

    def degrees(self, *names: str) -> float | None:
        name, value = self._find(names)
        return None if value in (None, "") else float(self._decimal(name, value))

    def flag(self, *names: str, default: bool) -> bool:
        name, value = self._find(names)
        if value is None:
            return default
        if value in (True, False, 1, 0):
            return bool(value)
        raise Unfit(f"{name} is neither true nor false")

    def money(self, *names: str, default: Money | None = None) -> Money:
        """An amount of the business's currency in its usual unit, such as "1250.00". Raises Unfit below zero, too."""
        name, value = self._find(names)
        if value is None or value == "":
            return self._missing(name, default)
        amount = self._decimal(name, value)
        minor = amount.scaleb(exponent(self.currency))
        if minor != minor.to_integral_value():
            raise Unfit(f"{name} has parts that {self.currency} does not have")
        if not 0 <= minor <= MAX_PRICE_MINOR:
            raise Unfit(f"{name} is negative, or more than can be priced here")
        return Money(int(minor), self.currency)

    def moment(self, *names: str, default: datetime | None = None) -> datetime:
        """An instant; a time without a zone is one of the business's clock."""
        name, value = self._find(names)
        if value is None or value == "":
            return self._missing(name, default)
        try:
            found = datetime.fromisoformat(value)
            found = found.replace(tzinfo=self.zone) if found.tzinfo is None else found
            found = found.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            raise Unfit(f"{name} is no date and time") from None
        if found.year not in _YEARS:
            raise Unfit(f"{name} is in no year that can be true")
        return found

    def day(self, *names: str) -> date:
        name, value = self._find(names)
        if value is None or value == "":
            raise Unfit(f"{name} is missing")
        try:
            found = date.fromisoformat(value[:10] if isinstance(value, str) else "")
        except ValueError:
            raise Unfit(f"{name} is no date") from None
        if found.year not in _YEARS:
            raise Unfit(f"{name} is in no year that can be true")
        return found

    def key(self, *names: str) -> str:
        """The key of another row; a natural key of one part counts as one. Empty where there is none."""
        name, value = self._find(names)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value is None or value == "":
            return ""
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise Unfit(f"{name} names no row")
        return str(value).strip()

    def keys(self, *names: str) -> list[str]:
        name, value = self._find(names)
        if value is None:
            return []
        if not isinstance(value, list):
            raise Unfit(f"{name} is no list")
        return [Fields(DumpRow("", "", {name: each}), self.currency, self.zone).key(name) for each in value]

    def words(self, *names: str) -> tuple[list[str], bool]:
        """The texts of a list, or between the commas of a text, and whether that is all of what is there."""
        _, value = self._find(names)
        if isinstance(value, str):
            value = value.split(",")
        if isinstance(value, dict):
            value = [word for word, is_there in value.items() if is_there]
        if not isinstance(value, list):
            return [], value is None
        words = [each.strip() for each in value if isinstance(each, str) and _is_word(each)]
        return words, len(words) == len(value)

    def choice(self, *names: str, of: Sequence[str], default: str | None = None) -> str:
        """One of these, in capitals."""
        found = self.text(*names, default=default).upper().replace("-", "_").replace(" ", "_")
        if found not in of:
            raise Unfit(f"{names[0]} is {found[:40]!r}, which means nothing here")
        return found

    def _find(self, names: Sequence[str]) -> tuple[str, Any]:
        for name in names:
            if self.row.fields.get(name) is not None:
                return name, self.row.fields[name]
        return names[0], None

    def _missing[V](self, name: str, default: V | None) -> V:
        if default is None:
            raise Unfit(f"{name} is missing")
        return default

    def _decimal(self, name: str, value: Any) -> Decimal:
        try:
            if isinstance(value, bool) or not isinstance(value, int | str | Decimal) or len(str(value)) > MOST_DIGITS:
                raise InvalidOperation
            number = Decimal(str(value))
        except (InvalidOperation, ValueError):
            raise Unfit(f"{name} is no number") from None
        if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
            raise Unfit(f"{name} is no number that can be true")
        return number


def _is_word(text: str) -> bool:
    return 0 < len(text.strip()) <= 100 and "\x00" not in text and not _SURROGATES.search(text)
