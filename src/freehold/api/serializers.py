"""Strict fields: what is not plainly right is refused, with a limit on every number and every text.

The framework's own numbers accept "1_0", other scripts' digits and 10**30; its dates accept other scripts' digits.
A serializer here refuses keys that it does not know, so that a mistyped or forbidden field is never dropped in
silence.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from freehold.domain.errors import DomainError
from freehold.domain.money import Money

_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

EARLIEST = date(1900, 1, 1)
LATEST = date(2199, 12, 31)

MONEY_SCHEMA = {
    "type": "object",
    "required": ["amount", "currency"],
    "additionalProperties": False,
    "properties": {
        "amount": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["540.00"]},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["USD"]},
    },
}


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown keys. Also reads query strings: a repeated parameter is refused."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            problems = {
                str(key): serializers.ErrorDetail("There is no such field.", code="unknown_field")
                for key in data
                if key not in writable
            }
            if isinstance(data, QueryDict):
                problems |= {
                    key: serializers.ErrorDetail("Give this parameter once.", code="repeated")
                    for key, values in data.lists()
                    if len(values) > 1
                }
            if problems:
                raise serializers.ValidationError({key: [problem] for key, problem in problems.items()})
        return super().to_internal_value(data)


def validated(serializer: type[serializers.BaseSerializer[Any]], data: Any, **options: Any) -> Any:
    """The validated data of `serializer`; raises the framework's ValidationError (400)."""
    if not options:
        try:
            return _reader(serializer).run_validation(data)
        except serializers.ValidationError:
            pass  # Told below, in the framework's own shape.
    instance = serializer(data=data, **options)
    instance.is_valid(raise_exception=True)
    return instance.validated_data


@cache
def _reader(serializer: type[serializers.BaseSerializer[Any]]) -> serializers.BaseSerializer[Any]:
    """One for all requests: copying the declared fields costs more than reading with them, and reading changes none."""
    return serializer()


class StrictField[Value, Shown](serializers.Field[Value, Any, Shown, Any]):
    """A field that says in the schema what it takes."""

    def schema(self) -> dict[str, Any]:
        """Its description in JSON Schema."""
        raise NotImplementedError


class StrictIntegerField(StrictField[int, int]):
    """A whole number in ASCII digits between `min_value` and `max_value`, as a JSON number or a string."""

    default_error_messages = {
        "invalid": "A whole number is needed.",
        "min_value": "At least {limit}.",
        "max_value": "At most {limit}.",
    }

    def __init__(self, *, min_value: int, max_value: int, **options: Any) -> None:
        super().__init__(**options)
        self.min_value = min_value
        self.max_value = max_value

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str) and _INTEGER.fullmatch(data):
            data = int(data)
        if type(data) is not int:
            self.fail("invalid")
        number = int(data)
        if number < self.min_value:
            self.fail("min_value", limit=self.min_value)
        if number > self.max_value:
            self.fail("max_value", limit=self.max_value)
        return number

    def to_representation(self, value: int) -> int:
        return int(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.min_value, "maximum": self.max_value}


class StrictDecimalField(StrictField[Decimal, str]):
    """An exact decimal in ASCII digits between bounds. JSON numbers with a fraction are inexact: send a string."""

    default_error_messages = {
        "invalid": "A number in plain digits is needed, as a string: for example 12.50.",
        "min_value": "At least {limit}.",
        "max_value": "At most {limit}.",
        "max_decimal_places": "At most {limit} decimal places.",
    }

    def __init__(
        self, *, min_value: Decimal | int, max_value: Decimal | int, decimal_places: int, **options: Any
    ) -> None:
        super().__init__(**options)
        self.min_value = Decimal(min_value)
        self.max_value = Decimal(max_value)
        self.decimal_places = decimal_places

    def to_internal_value(self, data: Any) -> Decimal:
        if type(data) is int:
            data = str(data)
        if not isinstance(data, str) or not _DECIMAL.fullmatch(data):
            self.fail("invalid")
        number = Decimal(data)
        if len(data.partition(".")[2]) > self.decimal_places:
            self.fail("max_decimal_places", limit=self.decimal_places)
        if number < self.min_value:
            self.fail("min_value", limit=self.min_value)
        if number > self.max_value:
            self.fail("max_value", limit=self.max_value)
        return number

    def to_representation(self, value: Decimal) -> str:
        return format(value, "f")

    def schema(self) -> dict[str, Any]:
        places = f"(\\.[0-9]{{1,{self.decimal_places}}})?" if self.decimal_places else ""
        return {
            "type": "string",
            "format": "decimal",
            "pattern": f"^-?[0-9]{{1,18}}{places}$",
            "description": f"From {self.min_value} to {self.max_value}.",
        }


class StrictDateField(StrictField[date, str]):
    """A date as YYYY-MM-DD in ASCII digits, between 1900 and 2199."""

    default_error_messages = {
        "invalid": "A date is needed, as YYYY-MM-DD.",
        "out_of_range": "A date between 1900-01-01 and 2199-12-31 is needed.",
    }

    def to_internal_value(self, data: Any) -> date:
        if not isinstance(data, str) or not _DATE.fullmatch(data):
            self.fail("invalid")
        try:
            day = date.fromisoformat(data)
        except ValueError:
            self.fail("invalid")
        if not EARLIEST <= day <= LATEST:
            self.fail("out_of_range")
        return day

    def to_representation(self, value: date) -> str:
        return value.isoformat()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


class StrictInstantField(StrictField[datetime, str]):
    """A moment as RFC 3339 with its offset; read as aware UTC."""

    default_error_messages = {
        "invalid": "A moment with its offset is needed, for example 2026-12-01T15:00:00Z.",
        "out_of_range": "A moment between 1900 and 2199 is needed.",
    }

    def to_internal_value(self, data: Any) -> datetime:
        if not isinstance(data, str) or not _INSTANT.fullmatch(data):
            self.fail("invalid")
        try:
            moment = datetime.fromisoformat(data)
        except ValueError:
            self.fail("invalid")
        if not EARLIEST < moment.date() < LATEST:
            self.fail("out_of_range")
        return moment.astimezone(UTC)

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


class TextField(serializers.CharField):
    """A JSON string (never a number or a bool), trimmed, without control characters, at most `max_length` long."""

    def __init__(self, *, max_length: int, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or _CONTROL.search(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class WrittenField(TextField):
    """As a string, or as a whole number, which older clients send for what looks like one."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(str(data) if type(data) is int else data)


class MoneyField(StrictField[Money, dict[str, str]]):
    """`{"amount": "540.00", "currency": "USD"}`, from and to `Money`."""

    default_error_messages = {"invalid": 'Money is {{"amount": "540.00", "currency": "USD"}}.'}

    def to_internal_value(self, data: Any) -> Money:
        if not isinstance(data, Mapping) or set(data) != {"amount", "currency"}:
            self.fail("invalid")
        try:
            return Money.parse(data["amount"], data["currency"])
        except DomainError as error:
            raise serializers.ValidationError(error.detail, code=error.code) from None

    def to_representation(self, value: Money) -> dict[str, str]:
        return value.to_json()

    def schema(self) -> dict[str, Any]:
        return MONEY_SCHEMA


class StoredMoneyField(StrictField[Any, dict[str, str]]):
    """Shows the columns `<minor>` and `<currency>` of a row as money. Read only."""

    def __init__(self, *, minor: str, currency: str = "currency", **options: Any) -> None:
        super().__init__(**{**options, "read_only": True, "source": "*"})
        self.minor = minor
        self.currency = currency

    def to_representation(self, value: Any) -> dict[str, str]:
        return Money(getattr(value, self.minor), getattr(value, self.currency)).to_json()

    def schema(self) -> dict[str, Any]:
        return MONEY_SCHEMA
