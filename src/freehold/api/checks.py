"""What must be so before cookies may carry tokens."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

HOST_PREFIX = "__Host-"


def check_cookies(**_: Any) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    origins = getattr(settings, "CORS_ALLOWED_ORIGINS", [])
    is_loose = (
        getattr(settings, "CORS_ALLOW_ALL_ORIGINS", False)
        or getattr(settings, "CORS_ALLOWED_ORIGIN_REGEXES", [])
        or any("*" in origin or origin == "null" for origin in origins)
    )
    if is_loose and getattr(settings, "CORS_ALLOW_CREDENTIALS", False):
        problems.append(
            Error(
                "Pages of unnamed origins could act with a visitor's cookies: list the origins exactly.", id="api.E001"
            )
        )
    if settings.ENV.is_production:
        names = (
            settings.API_ACCESS_COOKIE,
            settings.API_REFRESH_COOKIE,
            settings.SESSION_COOKIE_NAME,
            settings.CSRF_COOKIE_NAME,
        )
        open_names = [name for name in names if not name.startswith(HOST_PREFIX)]
        if open_names or not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
            problems.append(
                Error(
                    f"In production cookies are secure and bound to this host by the prefix {HOST_PREFIX}.",
                    hint=f"Without it: {', '.join(open_names)}." if open_names else None,
                    id="api.E002",
                )
            )
    return problems
