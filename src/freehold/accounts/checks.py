"""What must be so before anybody may sign in."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from freehold.accounts import selectors

PLAIN_AUTHENTICATION = "rest_framework_simplejwt.authentication.JWTAuthentication"
SESSION_ENGINE = "freehold.accounts.session_store"


def check_tokens(**_: Any) -> list[CheckMessage]:
    problems: list[CheckMessage] = []
    if settings.SESSION_ENGINE != SESSION_ENGINE:
        problems.append(
            Error(
                "Tokens are rotated under a lock on the session's row, and devices are listed from it:"
                f" SESSION_ENGINE must be {SESSION_ENGINE}.",
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
