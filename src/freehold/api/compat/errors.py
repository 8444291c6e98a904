"""Refusals as the estate API and the resort API word them, which is as the framework does without any library:

    {"detail": "..."}      {"field": ["..."], "other": ["..."]}      {"non_field_errors": ["..."]}      ["..."]

Statuses, headers, logging and rollback are those of the API: only the body is another.
"""

from collections.abc import Callable, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from drf_standardized_errors.handler import exception_handler as standard_handler
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings

from freehold.api.errors import as_refusal
from freehold.core.errors import ErrorItem, FreeholdError

SIGN_IN_AGAIN = "token_not_valid"

_REFUSED = OpenApiResponse(
    {"type": "object", "additionalProperties": {}},
    "Refused. `detail` says why; 400 names the fields that are wrong. 401 no credentials, 403 not allowed, 404 not "
    "there or not yours, 409 the state of things is against it, 413 too large, 429 too many (Retry-After).",
    [
        OpenApiExample("Refused", {"detail": "Not found."}),
        OpenApiExample("Bad input", {"email": ["This field is required."]}),
    ],
)
_FAULT = OpenApiResponse(
    {"type": "object", "properties": {"detail": {"type": "string"}}},
    "A fault of ours, or something we depend on does not answer (503, Retry-After).",
)


class PlainErrors:
    """Mix-in for views, before `Endpoint`."""

    refusals = (_REFUSED, _FAULT)

    def refusal_body(self, refusal: FreeholdError) -> dict[str, Any]:
        """Of what the state of things is against, for who asks again with the same Idempotency-Key."""
        return {"detail": refusal.detail}

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return plain_handler


def plain_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    response = standard_handler(error, context)
    if response is not None:
        response.data = _plain(error, response)
    return response


def _plain(error: Exception, response: Response) -> Any:
    if isinstance(error, exceptions.ValidationError):
        return error.detail
    refusal = as_refusal(error)
    if refusal is not None and refusal.status == 400:
        return _by_field(refusal.errors)
    first = response.data["errors"][0]
    # By this code, programs that were written for the framework's tokens know that it is time to refresh.
    code = {"code": SIGN_IN_AGAIN} if first["code"] == "invalid_token" else {}
    return {"detail": first["detail"], **code}


def _by_field(items: Sequence[ErrorItem]) -> dict[str, Any]:
    """`guests.0.name` is under its first part, as clients look it up by the field that they sent."""
    found: dict[str, list[str]] = {}
    for item in items:
        name = (item.attr or "").partition(".")[0] or api_settings.NON_FIELD_ERRORS_KEY
        found.setdefault(name, []).append(item.detail)
    return found
