"""What must be so before anybody may sign in."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error

from freehold.accounts import selectors
from freehold.accounts.social.providers import NAMES

PLAIN_AUTHENTICATION = "rest_framework_simplejwt.authentication.JWTAuthentication"
SESSION_ENGINE = "freehold.accounts.session_store"
SOCIAL_ADAPTER = "freehold.accounts.social.adapter.SocialAdapter"


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


def check_social(**_: Any) -> list[CheckMessage]:
    """What a provider says of an address opens no account that was not connected, and its tokens stay nowhere."""
    problems: list[CheckMessage] = []
    if settings.SOCIALACCOUNT_ADAPTER != SOCIAL_ADAPTER:
        problems.append(Error(f"Providers are believed too much: set {SOCIAL_ADAPTER}.", id="accounts.E008"))
    said = [settings.SOCIALACCOUNT_PROVIDERS.get(name, {}).get("EMAIL_AUTHENTICATION") for name in NAMES]
    if settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION or any(said):
        problems.append(
            Error("An account is opened by whoever a provider says to have its address.", id="accounts.E009")
        )
    if settings.SOCIALACCOUNT_STORE_TOKENS:
        problems.append(Error("Tokens of providers are stored, and nobody needs them.", id="accounts.E010"))
    return problems


def check_factors(**_: Any) -> list[CheckMessage]:
    """In production staff enter the administration with a second factor, and passkeys belong to a secure site."""
    problems: list[CheckMessage] = []
    if not apps.is_installed("allauth.mfa"):
        problems.append(Error("Without allauth.mfa nobody is asked for a second factor.", id="accounts.E005"))
    if not settings.ENV.is_production:
        return problems
    if not settings.ADMIN_NEEDS_SECOND_FACTOR:
        problems.append(
            Error("A password alone opens the administration: ADMIN_NEEDS_SECOND_FACTOR.", id="accounts.E006")
        )
    if settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN:
        problems.append(Error("Passkeys of any origin are accepted.", id="accounts.E007"))
    return problems
