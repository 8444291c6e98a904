"""The proof that an app brings: an `id_token`, in which Google or Apple says who is there, and to whom it says so."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import jwt
import structlog
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.apple.views import AppleOAuth2Adapter
from allauth.socialaccount.providers.google import views as google
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from requests import RequestException

from freehold.accounts.services.sign_in import SignInRefused
from freehold.accounts.social.identities import Identity
from freehold.accounts.social.providers import NAMES, audiences_of, is_offered
from freehold.core.errors import NotFound, TemporarilyUnavailable
from freehold.core.ratelimit import RateLimit, consume

log = structlog.get_logger(__name__)

# The one algorithm that both use. What a token's own header says is compared with it, never followed.
ALGORITHM = "RS256"
APPLE_ISSUER = "https://appleid.apple.com"
_LONGEST_SECONDS = 86_400
_USED = "social:id-token"


def read_id_token(request: HttpRequest, *, provider: str, id_token: str, nonce: str = "") -> Identity:
    """Who it is, by a token that was made out for one of our audiences and is shown for the first time.

    A `nonce` has to be the one inside. Raises NotFound for a provider that is not set up, SignInRefused
    "invalid_id_token", and TemporarilyUnavailable when the provider's keys cannot be had.
    """
    if not is_offered(provider):
        raise NotFound
    try:
        claims = _verified(provider, id_token)
        if nonce and not constant_time_compare(str(claims.get("nonce", "")), nonce):
            raise OAuth2Error("another nonce")
        _use_up(id_token, claims)
        library: Any = get_adapter(request).get_provider(request, provider)
        return Identity.of(library.sociallogin_from_response(request, claims))
    except RequestException as problem:
        log.warning("social_keys_unavailable", provider=provider, error=type(problem).__name__)
        raise TemporarilyUnavailable(f"{NAMES[provider]} does not answer.") from None
    except (OAuth2Error, jwt.PyJWTError, ValueError, KeyError, TypeError, AttributeError):
        raise SignInRefused("This token is not valid here, or not any more.", code="invalid_id_token") from None


def _verified(provider: str, id_token: str) -> dict[str, Any]:
    header = jwt.get_unverified_header(id_token)
    if header.get("alg") != ALGORITHM or not isinstance(header.get("kid"), str):
        raise OAuth2Error("another algorithm")
    is_google = provider == "google"
    claims: dict[str, Any] = jwtkit.verify_and_decode(
        credential=id_token,
        keys_url=google.CERTS_URL if is_google else AppleOAuth2Adapter.public_key_url,
        issuer=google.ID_TOKEN_ISSUER if is_google else APPLE_ISSUER,
        audience=list(audiences_of(provider)),
        lookup_kid=jwtkit.lookup_kid_pem_x509_certificate if is_google else jwtkit.lookup_kid_jwk,
    )
    # The library checks an end only where there is one.
    if not isinstance(claims.get("exp"), int) or not isinstance(claims.get("sub"), str):
        raise OAuth2Error("no end, or nobody")
    return claims


def _use_up(id_token: str, claims: dict[str, Any]) -> None:
    """Good once, for all processes together: a copy of it signs nobody in."""
    seconds = min(_LONGEST_SECONDS, max(60, claims["exp"] - int(time.time()) + 60))
    signed = hashlib.sha256(id_token.rpartition(".")[0].encode()).hexdigest()
    if not consume(scope=_USED, identity=signed, limit=RateLimit(1, seconds)).allowed:
        raise OAuth2Error("used before")
