"""Who is calling: a bearer token whose session is alive, else the same in a cookie, else the site's own session.

Browsers add cookies by themselves: writes with either kind of cookie need the CSRF token, bearer tokens never do.
"""

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.tokens import AccessToken

from freehold.accounts import tokens
from freehold.accounts.models import User
from freehold.accounts.sessions import note_seen
from freehold.accounts.tokens import InvalidToken
from freehold.api import cookies

SCHEME = b"bearer"


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`. `request.auth` is the token."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        scheme, _, raw = get_authorization_header(request).partition(b" ")
        if scheme.lower() != SCHEME:
            return None
        try:
            return _caller(request, raw.strip().decode("ascii", errors="replace"))
        except InvalidToken:
            raise AuthenticationFailed(
                "This token is not valid, or not any more. Sign in again.", code="invalid_token"
            ) from None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class CookieAuthentication(SessionAuthentication):
    """The access token in its cookie. `request.auth` is the token.

    A dead token counts as none: a browser cannot help sending its cookies, also to what is open to everybody.
    """

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:  # type: ignore[override]
        raw = cookies.access_of(request)
        if not raw:
            return None
        try:
            caller = _caller(request, raw)
        except InvalidToken:
            return None
        self.enforce_csrf(request)
        return caller


def _caller(request: Request, raw: str) -> tuple[User, AccessToken]:
    """Raises InvalidToken."""
    bearer = tokens.authenticate(raw)
    note_seen(request._request, bearer.session)
    return bearer.user, bearer.token


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class CookieScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = CookieAuthentication
    name = "cookie"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.API_ACCESS_COOKIE,
            "description": f"Set by `auth/cookie/login/`. Writes need the header `{cookies.CSRF_HEADER}`.",
        }
