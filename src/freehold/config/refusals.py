"""Answers to requests that no view could answer: JSON under /api/, a page everywhere else."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext

from freehold.api import errors as api
from freehold.core import blocks
from freehold.core.addresses import client_ip
from freehold.core.errors import AccessDenied, FreeholdError, NotFound, TooManyRequests
from freehold.web.ui import pages


class BlockedAddressMiddleware:
    """An address on the list gets no further than this. Supervisors are answered, wherever they are."""

    ALWAYS = frozenset({"/healthz", "/readyz"})

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path not in self.ALWAYS and blocks.is_blocked(client_ip(request)):
            return blocked(request)
        return self._get_response(request)


def blocked(request: HttpRequest) -> HttpResponse:
    """No page of the site: it would ask for a session, and for more."""
    refusal = AccessDenied("Nothing is answered to this address at the moment.", code="address_blocked")
    if _is_api(request):
        return _json(refusal)
    return render(request, "ui/blocked.html", status=refusal.status)


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
