"""Who is calling: a bearer token whose session is alive, else the site's own session (with its CSRF token)."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.tokens import AccessToken

from freehold.accounts import tokens
from freehold.accounts.models import User
from freehold.accounts.tokens import InvalidToken

SCHEME = b"bearer"


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access token>`. `request.auth` is the token."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        scheme, _, raw = get_authorization_header(request).partition(b" ")
        if scheme.lower() != SCHEME:
            return None
        try:
            return tokens.authenticate(raw.strip().decode("ascii", errors="replace"))
        except InvalidToken:
            raise AuthenticationFailed(
                "This token is not valid, or not any more. Sign in again.", code="invalid_token"
            ) from None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
