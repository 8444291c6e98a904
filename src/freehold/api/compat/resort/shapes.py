"""What the resort API calls things, and its fields: unknown ones are passed over, as its clients are used to."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal
from uuid import UUID

from drf_spectacular.utils import OpenApiExample

from freehold.api.compat.errors import PlainErrors
from freehold.api.serializers import StrictIntegerField
from freehold.api.views import Endpoint
from freehold.core.errors import BadInput, NotFound
from freehold.core.serials import LARGEST_SERIAL
from freehold.domain.money import Money

TAG = "resort API"
CURRENCY = "INR"
"""The one currency of this API: its amounts do not name any."""


class ResortEndpoint(PlainErrors, Endpoint):
    """A view of the resort API."""


class IdField(StrictIntegerField):
    """A row's number."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_SERIAL, **options)


def asked(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value, request_only=True)


def answered(name: str, value: Any, *, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[str(status)])


def known(find: Callable[[int], UUID | None], serial: int, detail: str) -> UUID:
    """The id of what this API knows by a number. Raises NotFound."""
    found = find(serial)
    if found is None:
        raise NotFound(detail)
    return found


@contextmanager
def not_there_is(detail: str) -> Iterator[None]:
    """What is somebody else's is told in the words for what nobody has."""
    try:
        yield
    except NotFound:
        raise NotFound(detail) from None


@contextmanager
def fields_called(names: Mapping[str, str]) -> Iterator[None]:
    """A refusal names the fields as this API does: our name of the first part -> theirs."""
    try:
        yield
    except BadInput as refusal:
        raise BadInput.of([replace(item, attr=_their(item.attr, names)) for item in refusal.errors]) from None


def _their(attr: str | None, names: Mapping[str, str]) -> str | None:
    return None if attr is None else names.get(attr.partition(".")[0], attr)


def rupees(money: Money, kind: Literal["text", "number"]) -> Any:
    """Whole rupees and paise: as a text, or as the JSON number that some fields of this API are."""
    return money.amount_text() if kind == "text" else float(money.decimal())
