"""The staff administration with a content policy of its own.

Its theme runs expressions in the browser, which needs `unsafe-eval`; only these pages may, the site may not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.admin.apps import AdminConfig
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from unfold.sites import UnfoldAdminSite


def admin_policy() -> dict[str, list[str]]:
    """The site's policy with the two additions that the administration's scripts need."""
    policy = {name: list(sources) for name, sources in settings.SECURE_CSP.items()}
    policy["script-src"] = [CSP.SELF, CSP.UNSAFE_EVAL, CSP.UNSAFE_INLINE]
    policy["style-src"] = [CSP.SELF, CSP.UNSAFE_INLINE]
    return policy


class AdminSite(UnfoldAdminSite):
    """Every page of the administration, its sign-in page included, carries `admin_policy`."""

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        return csp_override(admin_policy())(super().admin_view(view, cacheable))

    def login(self, request: Any, extra_context: dict[str, Any] | None = None) -> Any:
        return csp_override(admin_policy())(super().login)(request, extra_context)


class FreeholdAdminConfig(AdminConfig):
    default_site = "freehold.config.administration.AdminSite"
    default = False
