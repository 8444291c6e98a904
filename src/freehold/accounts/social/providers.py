"""Google and Apple as this platform uses them: fewer facts kept, fewer facts believed, links of our own.

What is set up is said by the settings alone (config/social.py). A provider that is not set up does not exist here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.apple.provider import AppleProvider as LibraryApple
from allauth.socialaccount.providers.apple.views import AppleOAuth2Adapter
from allauth.socialaccount.providers.google.provider import GoogleProvider as LibraryGoogle
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

NAMES = {"google": "Google", "apple": "Apple"}
_KEPT = ("email", "email_verified")


def offered() -> list[str]:
    """The providers that are set up, in the order of their buttons."""
    return [provider for provider in NAMES if settings.SOCIALACCOUNT_PROVIDERS[provider].get("APP")]


def is_offered(provider: str) -> bool:
    return provider in offered()


def audiences_of(provider: str) -> Collection[str]:
    """For whom a token of the provider may be made out: our site, and our apps."""
    audiences: Collection[str] = settings.SOCIAL_AUDIENCES[provider]
    return audiences


class _Sparing:
    """What comes with the request decides neither what we ask the provider for, nor what the provider sends back."""

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """What is kept beside the link: never a token, and nothing that nobody here reads."""
        return {name: data[name] for name in _KEPT if name in data}

    def get_auth_params_from_request(self, request: HttpRequest, action: Any) -> dict[str, Any]:
        params: dict[str, Any] = self.get_auth_params()  # type: ignore[attr-defined]
        return params

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        scope: list[str] = self.get_scope()  # type: ignore[attr-defined]
        return scope


class _AtOurSite:
    """The provider sends people back to the configured site, never to what a request claims to be its host."""

    provider_id: str

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return f"{settings.SITE_URL}{reverse(f'{self.provider_id}_callback')}"


class GoogleAdapter(_AtOurSite, GoogleOAuth2Adapter):
    pass


class AppleAdapter(_AtOurSite, AppleOAuth2Adapter):
    """Apple's answer comes by way of the browser: only what Apple has signed is believed."""

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        token = SocialToken(token=data["access_token"])
        claims = self.get_verified_identity_data(self.get_provider(), data["id_token"])
        # A name is no proof of anything. The first time, and never again, Apple tells it, unsigned.
        token.user_data = {**claims, "name": _name(data.get("name"))}
        return token


def _name(told: Any) -> dict[str, str]:
    if not isinstance(told, dict):
        return {}
    return {part: str(told[part]) for part in ("firstName", "lastName") if isinstance(told.get(part), str)}


class GoogleProvider(_Sparing, LibraryGoogle):
    """Set as the provider's class in the settings."""

    oauth2_adapter_class = GoogleAdapter


class AppleProvider(_Sparing, LibraryApple):
    """Set as the provider's class in the settings."""

    oauth2_adapter_class = AppleAdapter
