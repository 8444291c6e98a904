"""Tokens in cookies, for pages of this very site that call the API.

No script can read them (HttpOnly), no other site's form sends them (SameSite=Lax), and each write proves with the
header X-CSRFToken that it comes from a page that may read the CSRF cookie. In production they carry the prefix
`__Host-`, which browsers take from this host only, and only over TLS.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from freehold.accounts.tokens import TokenPair

JSON = "application/json"
CSRF_HEADER = "X-CSRFToken"
PLAIN_CSRF_COOKIE = "csrftoken"


class SameOriginJson(BasePermission):
    """For what puts tokens into cookies: another site could otherwise sign a visitor in as somebody else."""

    message = "Sign in with application/json, from a page of this site."

    def has_permission(self, request: Request, view: Any) -> bool:
        is_json = (request.content_type or "").partition(";")[0].strip().lower() == JSON
        origin = request.headers.get("Origin")
        return is_json and (origin is None or origin in _own_origins(request._request))


class CsrfProtected(BasePermission):
    """For writes that read a cookie themselves, without an authenticator that would ask for the CSRF token."""

    def has_permission(self, request: Request, view: Any) -> bool:
        SessionAuthentication().enforce_csrf(request)
        return True


def access_of(request: Request) -> str:
    return request.COOKIES.get(settings.API_ACCESS_COOKIE, "")


def refresh_of(request: Request) -> str:
    return request.COOKIES.get(settings.API_REFRESH_COOKIE, "")


def seconds_of(kind: type[Token]) -> int:
    assert kind.lifetime is not None
    return int(kind.lifetime.total_seconds())


def put(response: HttpResponse, pair: TokenPair) -> None:
    """Gives both tokens to the browser, each for as long as it is good."""
    for name, value, kind in (
        (settings.API_ACCESS_COOKIE, pair.access, AccessToken),
        (settings.API_REFRESH_COOKIE, pair.refresh, RefreshToken),
    ):
        response.set_cookie(
            name,
            value,
            max_age=seconds_of(kind),
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )


def take_away(response: HttpResponse) -> None:
    for name in (settings.API_ACCESS_COOKIE, settings.API_REFRESH_COOKIE):
        response.set_cookie(
            name,
            "",
            max_age=0,
            expires="Thu, 01 Jan 1970 00:00:00 GMT",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )


def show_csrf_token(request: HttpRequest, response: HttpResponse) -> None:
    """Lets pages read the CSRF token from a cookie of the plain name, which older clients look for.

    In production the cookie that counts has the prefix `__Host-` in its name. This one is only a copy to be read:
    whoever plants another achieves that the header is refused.
    """
    if settings.CSRF_COOKIE_NAME != PLAIN_CSRF_COOKIE:
        response.set_cookie(
            PLAIN_CSRF_COOKIE,
            get_token(request),
            max_age=settings.CSRF_COOKIE_AGE,
            secure=settings.CSRF_COOKIE_SECURE,
            samesite="Lax",
        )


def _own_origins(request: HttpRequest) -> set[str]:
    return {f"{request.scheme}://{request.get_host()}", settings.SITE_URL}
