"""What must be so before anybody may sign in."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error

from freehold.accounts import selectors

PLAIN_AUTHENTICATION = "rest_framework_simplejwt.authentication.JWTAuthentication"
BLACKLIST = "rest_framework_simplejwt.token_blacklist"
SESSION_ENGINES = frozenset({"django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cached_db"})


def check_tokens(**_: Any) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    if not apps.is_installed(BLACKLIST):
        problems.append(Error(f"Without {BLACKLIST} a used refresh token would be accepted again.", id="accounts.E001"))
    if settings.SESSION_ENGINE not in SESSION_ENGINES:
        problems.append(
            Error(
                "Tokens are rotated under a lock on the session's row: keep sessions in the database.",
                id="accounts.E002",
            )
        )
    api: dict[str, Any] = getattr(settings, "REST_FRAMEWORK", {})
    if PLAIN_AUTHENTICATION in api.get("DEFAULT_AUTHENTICATION_CLASSES", []):
        problems.append(
            Error("SimpleJWT's own authentication does not ask whether the session is alive.", id="accounts.E003")
        )
    return problems


def check_no_demo_accounts(databases: list[str] | None = None, **_: Any) -> list[CheckMessage]:
    """With `check --database default`, `migrate`, and at the start of a production server."""
    if not databases or not settings.ENV.is_production or not selectors.demo_user_exists():
        return []
    return [Error("The database holds demonstration accounts, whose passwords are published.", id="accounts.E004")]
