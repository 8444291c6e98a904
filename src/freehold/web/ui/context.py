"""What every page needs to know of its viewer: the chosen theme and the time zone of the device."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from freehold.accounts import phone_codes
from freehold.accounts.social.providers import NAMES, offered
from freehold.companies.policies import company_ids_of
from freehold.core import clock

THEMES = frozenset({"light", "dark"})


def viewer(request: HttpRequest) -> dict[str, Any]:
    """`theme` ("light", "dark" or "": the device decides), `tile_url` for the maps, and the test clock.

    The theme comes from a cookie, so the first paint is right without an inline script.
    """
    theme = request.COOKIES.get("theme", "")
    return {
        "theme": theme if theme in THEMES else "",
        "tile_url": settings.ENV.tile_url,
        "works_here": SimpleLazyObject(lambda: _works_here(request)),
        "takes_phone_codes": phone_codes.is_offered(),
        "social_providers": [(provider, NAMES[provider]) for provider in offered()],
        "has_mailbox": not settings.ENV.is_production,
        "clock_offset": timedelta(0) if settings.ENV.is_production else SimpleLazyObject(clock.offset),
        "clock_now": SimpleLazyObject(clock.now),
    }


def _works_here(request: HttpRequest) -> bool:
    """Whether the person has a console. Asked only by a page that wants to know."""
    return request.user.is_authenticated and bool(company_ids_of(request.user))
