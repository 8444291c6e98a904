"""Limits of the API: exact counters per person, key or address, and class of route.

Reading without signing in, reading and writing are classes of their own; a view names another one with
`throttle_scope`, for all its methods or, as in {"POST": "hold"}, for some. The amounts are the setting
API_RATE_LIMITS ({class: "amount/seconds"}).
"""

from functools import cache
from typing import Any

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from freehold.core.actor import KeyGrant
from freehold.core.addresses import counted_ip
from freehold.core.ratelimit import RateLimit, consume


class ApiThrottle(BaseThrottle):
    """Counts a request before it is handled; a refused one is told when to come back."""

    retry_after: int | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        scope = _scope(request, view)
        verdict = consume(scope=f"api:{scope}", identity=identity_of(request), limit=limit_of(scope))
        self.retry_after = verdict.retry_after
        return verdict.allowed

    def wait(self) -> float | None:
        return self.retry_after


@cache
def limit_of(scope: str) -> RateLimit:
    return RateLimit.parse(settings.API_RATE_LIMITS[scope])  # type: ignore[misc]


def identity_of(request: Request) -> str:
    """Whose requests are counted, and remembered, together."""
    if isinstance(request.auth, KeyGrant):
        return f"key:{request.auth.key_id}"
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"ip:{counted_ip(request)}"


def _scope(request: Request, view: Any) -> str:
    named = getattr(view, "throttle_scope", None)
    if isinstance(named, dict):
        named = named.get(request.method)
    if named:
        return str(named)
    if request.method not in SAFE_METHODS:
        return "write"
    return "anonymous_read" if identity_of(request).startswith("ip:") else "read"
