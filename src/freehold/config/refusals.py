"""Answers to requests that no view could answer: JSON under /api/, a page everywhere else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from freehold.api import errors as api
from freehold.core.errors import AccessDenied, FreeholdError, NotFound
from freehold.web.site.views import pages


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return api.bad_request(request, exception) if _is_api(request) else pages.bad_request(request)


def access_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _json(AccessDenied("You may not do this.")) if _is_api(request) else pages.access_denied(request)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _json(NotFound()) if _is_api(request) else pages.not_found(request)


def server_error(request: HttpRequest) -> HttpResponse:
    return api.server_error(request) if _is_api(request) else pages.server_error(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _json(AccessDenied("The CSRF check failed.")) if _is_api(request) else pages.csrf_failure(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(api.API_PREFIX)


def _json(refusal: FreeholdError) -> HttpResponse:
    return JsonResponse(refusal.to_json(), status=refusal.status)
