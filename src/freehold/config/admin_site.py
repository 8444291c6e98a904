"""The staff administration with a content policy of its own.

Its theme runs expressions in the browser, which needs `unsafe-eval`; only these pages may, the site may not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.csp import CSP
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.csp import csp_override
from unfold.sites import UnfoldAdminSite

from freehold.accounts.selectors import has_second_factor


def admin_policy() -> dict[str, list[str]]:
    """The site's policy with the two additions that the administration's scripts need."""
    policy = {name: list(sources) for name, sources in settings.SECURE_CSP.items()}
    policy["script-src"] = [CSP.SELF, CSP.UNSAFE_EVAL, CSP.UNSAFE_INLINE]
    policy["style-src"] = [CSP.SELF, CSP.UNSAFE_INLINE]
    return policy


class AdminSite(UnfoldAdminSite):
    """Every page of the administration carries `admin_policy`.

    Signing in happens on the site's own page: a second door would have no limits on guessing. With
    ADMIN_NEEDS_SECOND_FACTOR, as in production, a password alone opens nothing here.
    """

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_permission(request)) and not self._lacks_factor(request)

    def _lacks_factor(self, request: HttpRequest) -> bool:
        """Asked several times a page, answered by one query."""
        if not settings.ADMIN_NEEDS_SECOND_FACTOR:
            return False
        lacks: bool | None = getattr(request, "_lacks_second_factor", None)
        if lacks is None:
            lacks = not has_second_factor(user=request.user)  # type: ignore[arg-type]  # signed in, see above
            request._lacks_second_factor = lacks  # type: ignore[attr-defined]
        return lacks

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        protected: Callable[..., Any] = csp_override(admin_policy())(super().admin_view(view, cacheable))
        return protected

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        if not request.user.is_authenticated:
            query = urlencode({"next": request.GET.get("next") or reverse("admin:index")})
            return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{query}")
        if not super().has_permission(request):
            raise PermissionDenied
        if self._lacks_factor(request):
            messages.warning(request, gettext("The administration asks for a second step. Set one up to go on."))
            return HttpResponseRedirect(reverse("mfa_index"))
        return HttpResponseRedirect(reverse("admin:index"))
