"""A company's servers call with an API key."""

import pghistory
from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from freehold.companies.services.admit_api_key import admit_api_key
from freehold.core.actor import KeyGrant
from freehold.core.addresses import counted_ip
from freehold.core.errors import TooManyRequests
from freehold.core.ratelimit import RateLimit, consume

KEY_SCHEME = b"api-key"
BAD_KEYS = RateLimit(60, 60)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key <prefix>.<secret>`. `request.auth` is the key's grant; a person there is none.

    So an address that wants a person is closed to keys, and what a key may do is said by `CompanyCaller`.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, KeyGrant] | None:
        scheme, _, text = get_authorization_header(request).partition(b" ")
        if scheme.lower() != KEY_SCHEME:
            return None
        grant = admit_api_key(text.strip().decode("ascii", errors="replace"))
        if grant is None:
            verdict = consume(scope="api:bad-key", identity=counted_ip(request), limit=BAD_KEYS)
            if not verdict.allowed:
                raise TooManyRequests("Too many keys that are not valid.", retry_after=verdict.retry_after or 1)
            raise AuthenticationFailed("This key is not valid, or not any more.", code="invalid_key")
        pghistory.context(api_key=str(grant.key_id))
        return AnonymousUser(), grant

    def authenticate_header(self, request: Request) -> str:
        return 'Api-Key realm="api"'


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "A company's key for its servers: `Api-Key <prefix>.<secret>`.",
        }
