"""The table of addresses that mean the same: URL lists hold one spelling of each, this file holds the others.

The request is given its one spelling before anything else sees it, so that limits, what is closed to administrators
who act as somebody, and the reference know one address each. Nothing is redirected: a POST would lose its body.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Where an address is in the URL lists -> where else its clients look for it. Each with or without a final slash.
ALIASES = {
    "/api/auth/register/": ("/auth/register/",),
    "/api/auth/login/": ("/auth/login/",),
    "/api/auth/refresh/": ("/auth/refresh/", "/auth/token/refresh/", "/api/auth/token/refresh/"),
    "/api/auth/token/verify/": ("/auth/token/verify/",),
    "/api/auth/me/": ("/auth/me/",),
    "/api/auth/me/bookings/": ("/auth/me/bookings/",),
    "/api/auth/me/payments/": ("/auth/me/payments/",),
}

# Below these a final slash may be missing: the older clients are not of one mind.
OLDER = (
    "/api/auth/",
    "/api/categories/",
    "/api/properties/",
    "/api/bookings/",
    "/api/payments/",
    "/api/accounts/",
    "/api/stay/",
    "/api/rooms/",
    "/api/booking/",
    "/api/schema/",
)

_CANONICAL = {alias: canonical for canonical, aliases in ALIASES.items() for alias in aliases}


def canonical(path: str) -> str:
    """The one spelling of an address of the older APIs; any other path is given back as it is."""
    closed = path if path.endswith("/") else f"{path}/"
    if closed in _CANONICAL:
        return _CANONICAL[closed]
    return closed if closed.startswith(OLDER) else path


class AliasMiddleware:
    """First of all middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = canonical(request.path_info)
        if found != request.path_info:
            request.path = request.path.removesuffix(request.path_info) + found
            request.path_info = found
        return self._get_response(request)
