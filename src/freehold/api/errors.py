"""Every refusal of the API has one shape: `{type, errors: [{code, detail, attr, ...}]}`.

drf-standardized-errors flattens what the framework raises; this module adds what the rooms raise, what the
database raises when it is busy, and the answers to requests that never reach a view.

| cause                                         | status | type             |
|-----------------------------------------------|--------|------------------|
| FreeholdError                                 | its own| its own          |
| DomainError, a serializer's errors            | 400    | validation_error |
| unparsable body                               | 400    | client_error     |
| no or bad credentials                         | 401    | client_error     |
| not there, or not yours                       | 404    | client_error     |
| body too large                                | 413    | client_error     |
| limit reached                                 | 429    | client_error     |
| database busy, restarting or unreachable      | 503    | server_error     |
| anything else: logged under a reference       | 500    | server_error     |
"""

import math
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from drf_standardized_errors.handler import ExceptionHandler as StandardHandler
from rest_framework import exceptions
from rest_framework.response import Response

from freehold.api.offers import with_offers
from freehold.core.errors import BadInput, BodyTooLarge, FreeholdError, TemporarilyUnavailable
from freehold.core.ids import uuid7
from freehold.domain.errors import DomainError

log = structlog.get_logger(__name__)

API_PREFIX = "/api/"
QUERY_CANCELED = "57014"
LOCK_NOT_AVAILABLE = "55P03"
BUSY_RETRY_SECONDS = 1
DOWN_RETRY_SECONDS = 5


class ExceptionHandler(StandardHandler):
    """Set as DRF_STANDARDIZED_ERRORS["EXCEPTION_HANDLER_CLASS"]."""

    def run(self) -> Response | None:
        refusal = as_refusal(self.exc)
        if refusal is not None:
            self.set_rollback()
            return Response(with_offers(refusal).to_json(), status=refusal.status, headers=refusal_headers(refusal))
        if not isinstance(self.convert_known_exceptions(self.exc), exceptions.APIException):
            return self._unexpected()
        return super().run()

    def get_headers(self, exc: exceptions.APIException) -> dict[str, str]:
        headers: dict[str, str] = super().get_headers(exc)
        wait = getattr(exc, "wait", None)
        if wait is not None:
            headers["Retry-After"] = str(max(1, math.ceil(wait)))
        return headers

    def _unexpected(self) -> Response:
        """A fault of ours: the caller gets a reference, the log gets the rest."""
        self.set_rollback()
        reference = str(uuid7())
        log.error("unexpected_error", reference=reference, exc_info=self.exc)
        response = Response(unexpected_error(reference), status=500)
        self.report_exception(exceptions.APIException(), response)
        return response


def as_refusal(error: Exception) -> FreeholdError | None:
    """The expected refusal that an exception stands for; None for what is none."""
    match error:
        case FreeholdError():
            return error
        case DomainError():
            return BadInput(error.detail, code=error.code)
        case RequestDataTooBig():
            return BodyTooLarge("The request's body is too large.")
        case UnreadablePostError():
            return BadInput("The request's body could not be read.", code="unreadable_body")
        case OperationalError() | InterfaceError():
            return _database_refusal(error)
    return None


def _database_refusal(error: OperationalError | InterfaceError) -> TemporarilyUnavailable:
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    log.warning("database_unavailable", sqlstate=sqlstate, error=type(error.__cause__ or error).__name__)
    if sqlstate in {QUERY_CANCELED, LOCK_NOT_AVAILABLE}:
        return TemporarilyUnavailable("Too busy at this moment. Try again.", retry_after=BUSY_RETRY_SECONDS)
    return TemporarilyUnavailable("Not available at this moment. Try again.", retry_after=DOWN_RETRY_SECONDS)


def refusal_headers(refusal: FreeholdError) -> dict[str, str]:
    retry_after = getattr(refusal, "retry_after", None)
    return {} if retry_after is None else {"Retry-After": str(retry_after)}


def unexpected_error(reference: str) -> dict[str, Any]:
    item = {
        "code": "error",
        "detail": f"Something went wrong on our side. Reference: {reference}",
        "attr": None,
        "reference": reference,
    }
    return {"type": "server_error", "errors": [item]}


# For faults below /api/ that no view of the API could answer (middleware, a bad Host header).


def server_error(request: HttpRequest) -> HttpResponse:
    reference = str(uuid7())
    log.error("unexpected_error", reference=reference, path=request.path)
    return JsonResponse(unexpected_error(reference), status=500)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    item = {"code": "bad_request", "detail": "The request cannot be understood.", "attr": None}
    return JsonResponse({"type": "client_error", "errors": [item]}, status=400)
