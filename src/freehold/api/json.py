"""JSON in and out by orjson: strict (no NaN, no lone surrogates), fast, and bounded in size."""

from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

import orjson
from django.utils.functional import Promise
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser as FrameworkParser
from rest_framework.renderers import JSONRenderer as FrameworkRenderer

from freehold.core.errors import BodyTooLarge
from freehold.domain.money import Money

MAX_BODY_BYTES = 1024 * 1024
# Dataclasses are not written field by field: what they look like outside is somebody's decision.
_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS


class JSONRenderer(FrameworkRenderer):
    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else dumps(data)


class JSONParser(FrameworkParser):
    """Refuses more than `MAX_BODY_BYTES` (413) and anything that is not one JSON value (400)."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(MAX_BODY_BYTES + 1)
        if len(raw) > MAX_BODY_BYTES:
            raise BodyTooLarge(f"The body is longer than {MAX_BODY_BYTES} bytes.")
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"The body is not JSON: {error}") from None


def dumps(data: Any) -> bytes:
    return orjson.dumps(data, default=_encode, option=_OPTIONS)


def _encode(value: Any) -> Any:
    match value:
        case Money():
            return value.to_json()
        case Decimal():
            return format(value, "f")
        case Promise():
            return str(value)
        case set() | frozenset() | tuple():
            return list(value)
        case Mapping():
            return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form.")
