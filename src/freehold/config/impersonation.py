"""While an administrator acts as somebody in the browser: who the view sees, what is closed, and how it ends."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext

from freehold.accounts.impersonating import SESSION_KEY, is_personal, live_impersonation, note_impersonation
from freehold.accounts.services.end_impersonation import end_impersonation
from freehold.api import errors as api
from freehold.core.actor import NOT_IN_ANOTHER_S_NAME, Actor
from freehold.core.errors import AccessDenied
from freehold.web.ui import pages


class ImpersonationMiddleware:
    """Asks at every request whether it still lasts. The request that comes too late does nothing in either name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Who brings no cookie has no session to look into.
        is_visitor = settings.SESSION_COOKIE_NAME not in request.COOKIES
        if is_visitor or (pk := request.session.get(SESSION_KEY)) is None:
            return self._get_response(request)
        if request.path == reverse("account_logout") and request.method == "POST":
            self._stop(request, pk)
            return self._get_response(request)
        found = live_impersonation(pk)
        if found is None or found.admin != request.user:
            self._stop(request, pk)
            return self._over(request)
        if request.path == reverse("site:stop-impersonation"):
            return self._get_response(request)
        request.impersonation = found  # type: ignore[attr-defined]
        request.user = note_impersonation(found)
        if is_personal(request.method or "", request.path):
            return self._closed(request)
        return self._get_response(request)

    def _stop(self, request: HttpRequest, pk: str) -> None:
        del request.session[SESSION_KEY]
        if request.user.is_authenticated and request.user.is_superuser:
            end_impersonation(actor=Actor.of(request.user), impersonation_id=pk)

    def _over(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(api.API_PREFIX):
            refusal = AccessDenied("The time to act as somebody else is over.", code="impersonation_over")
            return JsonResponse(refusal.to_json(), status=refusal.status)
        messages.warning(request, gettext("The time to act as somebody else is over. You are yourself again."))
        return HttpResponseRedirect(reverse("site:home"))

    def _closed(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(api.API_PREFIX):
            refusal = AccessDenied(NOT_IN_ANOTHER_S_NAME, code="not_while_impersonating")
            return JsonResponse(refusal.to_json(), status=refusal.status)
        text = gettext("Only the person can do this. Stop acting as somebody else first.")
        return pages.error_page(request, 403, gettext("Not in another's name"), text)
