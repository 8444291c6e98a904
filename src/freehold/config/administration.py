"""The staff administration with a content policy of its own.

Its theme runs expressions in the browser, which needs `unsafe-eval`; only these pages may, the site may not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.csp import CSP
from django.utils.http import urlencode
from django.views.decorators.csp import csp_override
from unfold.sites import UnfoldAdminSite


def admin_policy() -> dict[str, list[str]]:
    """The site's policy with the two additions that the administration's scripts need."""
    policy = {name: list(sources) for name, sources in settings.SECURE_CSP.items()}
    policy["script-src"] = [CSP.SELF, CSP.UNSAFE_EVAL, CSP.UNSAFE_INLINE]
    policy["style-src"] = [CSP.SELF, CSP.UNSAFE_INLINE]
    return policy


class AdminSite(UnfoldAdminSite):
    """Every page of the administration carries `admin_policy`.

    Signing in happens on the site's own page: a second door would have no limits on guessing.
    """

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        protected: Callable[..., Any] = csp_override(admin_policy())(super().admin_view(view, cacheable))
        return protected

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:
        if not request.user.is_authenticated:
            query = urlencode({"next": request.GET.get("next") or reverse("admin:index")})
            return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{query}")
        if not self.has_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:index"))


class FreeholdAdminConfig(AdminConfig):
    default_site = "freehold.config.administration.AdminSite"
    default = False
