"""Answers to requests that no view could answer: JSON under /api/, a page everywhere else."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext, ngettext

from freehold.api import errors as api
from freehold.core.errors import AccessDenied, FreeholdError, NotFound, TooManyRequests
from freehold.web.site.views import pages


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return api.bad_request(request, exception) if _is_api(request) else pages.bad_request(request)


def access_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _json(AccessDenied("You may not do this.")) if _is_api(request) else pages.access_denied(request)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _json(NotFound()) if _is_api(request) else pages.not_found(request)


def server_error(request: HttpRequest) -> HttpResponse:
    return api.server_error(request) if _is_api(request) else pages.server_error(request)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """For the account pages: the library's limits, and those on guessing. `request.retry_after` says how long."""
    seconds: int = getattr(request, "retry_after", None) or 60
    refusal = TooManyRequests(_wait_words(seconds), retry_after=seconds)
    if not _is_api(request):
        return pages.refused(request, refusal)
    response = _json(refusal)
    response["Retry-After"] = str(seconds)
    return response


def _wait_words(seconds: int) -> str:
    if seconds < 60:
        return gettext("That was too often. Please try again in a minute.")
    minutes = -(-seconds // 60)
    return ngettext(
        "That was too often. Please try again in %(n)s minute.",
        "That was too often. Please try again in %(n)s minutes.",
        minutes,
    ) % {"n": minutes}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _json(AccessDenied("The CSRF check failed.")) if _is_api(request) else pages.csrf_failure(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith(api.API_PREFIX)


def _json(refusal: FreeholdError) -> HttpResponse:
    return JsonResponse(refusal.to_json(), status=refusal.status)
