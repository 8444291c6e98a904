"""Bearer tokens of the API. allauth decides who is signed in; SimpleJWT only writes that down.

A token names its session (`sid`, encrypted, so that a leaked token is no cookie), and is worth as much as that
session: signing out, a changed password or a closed account ends it at once. A refresh token is good once. The session
remembers the one that is current; showing an older one means that it was stolen from somebody, and ends the session
with all its tokens. The tokens of one session are called a family.
"""

from datetime import timedelta
from typing import Any, NamedTuple

import structlog
from allauth.core.internal.sessionkit import get_session_user
from allauth.headless.internal.sessionkit import lookup_session
from allauth.headless.tokens.strategies.jwt.internal import session_key_from_sid, session_key_to_sid
from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from freehold.accounts.impersonating import live_impersonation, note_impersonation
from freehold.accounts.models import Impersonation, User
from freehold.accounts.sessions import end_sessions

log = structlog.get_logger(__name__)

SESSION_CLAIM = "sid"
USER_CLAIM = "sub"
CURRENT_REFRESH = "api_refresh_jti"
# An administrator acts as the token's user; the session is the administrator's.
IMPERSONATION_CLAIM = "imp"


class TokenPair(NamedTuple):
    access: str
    refresh: str


class Bearer(NamedTuple):
    """Who showed an access token."""

    user: User
    token: AccessToken
    session: SessionBase


class InvalidToken(Exception):
    """The token is forged, over, of the wrong kind, or its session has ended."""


class TokenStrategy(SessionTokenStrategy):
    """Set as HEADLESS_TOKEN_STRATEGY: allauth's flows for programs answer with these tokens."""

    def create_access_token_payload(self, request: HttpRequest) -> dict[str, Any]:
        return issue(request.user, request.session)._asdict()

    def refresh_token(self, refresh_token: str) -> tuple[str, str] | None:
        try:
            return rotate(refresh_token)
        except InvalidToken:
            return None


def issue(user: Any, session: SessionBase) -> TokenPair:
    """New tokens for a signed-in session; earlier refresh tokens of it are void. The caller saves the session."""
    if session.session_key is None:
        session.save()
    refresh = RefreshToken()
    refresh[USER_CLAIM] = str(user.pk)
    refresh[SESSION_CLAIM] = session_key_to_sid(str(session.session_key))
    session[CURRENT_REFRESH] = refresh["jti"]
    live_as_refresh_token(session)
    return TokenPair(access=str(refresh.access_token), refresh=str(refresh))


def live_as_refresh_token(session: SessionBase) -> None:
    """A family whose refresh token was not used in time is over, and its device is not listed any more."""
    assert RefreshToken.lifetime is not None
    session.set_expiry(int(RefreshToken.lifetime.total_seconds()))


def issue_impersonation(impersonation: Impersonation, session_key: str) -> str:
    """An access token for somebody else, for as long as the impersonation and the administrator's session last."""
    token = AccessToken()
    token[USER_CLAIM] = str(impersonation.user_id)
    token[SESSION_CLAIM] = session_key_to_sid(session_key)
    token[IMPERSONATION_CLAIM] = str(impersonation.pk)
    token.set_exp(lifetime=impersonation.ends_at - impersonation.started_at)
    return str(token)


def rotate(raw: str) -> TokenPair:
    """Exchanges a refresh token for a new pair. Raises InvalidToken.

    Under a lock on the session's row: of many requests with one token one gets the new pair. The others show a token
    that is old by then, and end the family, also when one client sent them all: nobody can tell that from a theft.
    """
    token = _parsed(RefreshToken, raw)
    key = session_key_of(token)
    with transaction.atomic():
        # Waits for its turn, and then reads what the one before has written.
        if not Session.objects.select_for_update().filter(session_key=key).exists():
            raise InvalidToken
        session = live_session(token)
        user = user_of(token, session)
        if session.get(CURRENT_REFRESH) == token["jti"]:
            pair = issue(user, session)
            session.save()
            return pair
        # An old one: somebody has a copy, and nobody can tell who is the owner. Both sign in again.
        end_sessions([key])
    log.warning("refresh_token_reused", user_id=str(user.pk))
    raise InvalidToken


def renew(raw: str, *, lifetime: timedelta) -> str:
    """An access token of the same family, for clients that keep their refresh token. Raises InvalidToken.

    An older one than the current shows a theft here as well, and ends the family.
    """
    token = _parsed(RefreshToken, raw)
    session = live_session(token)
    user = user_of(token, session)
    if session.get(CURRENT_REFRESH) != token["jti"]:
        end_sessions([session_key_of(token)])
        log.warning("refresh_token_reused", user_id=str(user.pk))
        raise InvalidToken
    access = token.access_token
    access.set_exp(lifetime=lifetime)
    return str(access)


def authenticate(raw: str) -> Bearer:
    """The person behind an access token, whose session must be alive. Raises InvalidToken."""
    token = _parsed(AccessToken, raw)
    session = live_session(token)
    user = _impersonated(token, session) if IMPERSONATION_CLAIM in token else user_of(token, session)
    return Bearer(user, token, session)


def verify(raw: str) -> None:
    """Whether an access or refresh token would be accepted now. Raises InvalidToken."""
    try:
        authenticate(raw)
    except InvalidToken:
        token = _parsed(RefreshToken, raw)
        session = live_session(token)
        user_of(token, session)
        if session.get(CURRENT_REFRESH) != token["jti"]:
            raise InvalidToken from None


def end_family_of(raw: str) -> None:
    """Signs out the session of a refresh or an access token. Raises InvalidToken."""
    try:
        token: Token = _parsed(RefreshToken, raw)
    except InvalidToken:
        token = _parsed(AccessToken, raw)
    end_sessions([session_key_of(token)])


def live_session(token: Token) -> SessionBase:
    session = lookup_session(session_key_of(token))
    if session is None:
        raise InvalidToken
    return session


def user_of(token: Token, session: SessionBase) -> User:
    """The session's user, if active, with the password of then, and the one that the token names."""
    user = get_session_user(session)
    if not isinstance(user, User) or str(user.pk) != token.get(USER_CLAIM):
        raise InvalidToken
    return user


def session_key_for(request: HttpRequest, token: Token | None) -> str:
    """The key of the session that a token names, or of the browser's own when there is none."""
    return session_key_of(token) if token is not None else request.session.session_key or ""


def _impersonated(token: Token, session: SessionBase) -> User:
    """Raises InvalidToken when it is over, or the session is not the administrator's any more."""
    found = live_impersonation(token[IMPERSONATION_CLAIM])
    if found is None or str(found.user_id) != token.get(USER_CLAIM) or get_session_user(session) != found.admin:
        raise InvalidToken
    return note_impersonation(found)


def session_key_of(token: Token) -> str:
    sid = token.get(SESSION_CLAIM)
    key = session_key_from_sid(sid) if isinstance(sid, str) else None
    if not key:
        raise InvalidToken
    return key


def _parsed[T: Token](kind: type[T], raw: str) -> T:
    try:
        return kind(raw)  # type: ignore[arg-type]
    except TokenError:
        raise InvalidToken from None
