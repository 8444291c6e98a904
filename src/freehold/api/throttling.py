"""Limits of the API: exact counters in PostgreSQL, per person or address and class of route.

A view belongs to the class "read" or "write" by its method, or names its own with `throttle_scope`. The amounts
are the setting API_RATE_LIMITS ({class: "amount/seconds"}).
"""

from functools import cache
from typing import Any

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from freehold.core.addresses import counted_ip
from freehold.core.ratelimit import RateLimit, consume


class ApiThrottle(BaseThrottle):
    """Counts a request before it is handled; a refused one is told when to come back."""

    retry_after: int | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        scope = getattr(view, "throttle_scope", None) or ("read" if request.method in SAFE_METHODS else "write")
        verdict = consume(scope=f"api:{scope}", identity=_identity(request), limit=limit_of(scope))
        self.retry_after = verdict.retry_after
        return verdict.allowed

    def wait(self) -> float | None:
        return self.retry_after


@cache
def limit_of(scope: str) -> RateLimit:
    return RateLimit.parse(settings.API_RATE_LIMITS[scope])  # type: ignore[misc]


def _identity(request: Request) -> str:
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"ip:{counted_ip(request)}"
