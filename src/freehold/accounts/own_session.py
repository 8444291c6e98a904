"""Running allauth for a program: in a session of the program's own, whatever cookies and tokens the request carries.

Three kinds: a new session that signs somebody in, one in which signing in waits for a further step, and the one that
a caller's token (or browser) stands for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from allauth.core.exceptions import ReauthenticationRequired
from allauth.headless.constants import Client
from allauth.headless.internal.decorators import mark_request_as_headless
from allauth.headless.internal.sessionkit import lookup_session, new_session
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from rest_framework_simplejwt.tokens import AccessToken

from freehold.accounts import tokens
from freehold.accounts.models import User
from freehold.accounts.step_up import StepUpRequired
from freehold.core.errors import FreeholdError
from freehold.core.secrets import UnreadableSecret, seal, unseal

_PENDING = "pending sign-in:"


class SessionOver(FreeholdError):
    """It was alive when the request came in."""

    status = 401
    default_code = "invalid_token"


@contextmanager
def fresh_session(request: HttpRequest) -> Iterator[None]:
    """A new session, kept if something was written into it."""
    with _run(request, new_session(), AnonymousUser()):
        try:
            yield
        finally:
            _save(request.session)


@contextmanager
def pending_session(request: HttpRequest, pending: str) -> Iterator[bool]:
    """The session that `pending_token` names. Gives False, and an empty session, when it is over or was never one."""
    session = _pending(pending)
    with _run(request, session or new_session(), AnonymousUser()):
        try:
            yield session is not None
        finally:
            _save(request.session)


def pending_token(session: SessionBase) -> str:
    """Names a session in which nobody is signed in yet. It is no cookie, and useless once somebody is."""
    if session.session_key is None:
        session.save()
    return seal(f"{_PENDING}{session.session_key}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is signed in, with the token that says so; None for the browser's own session."""

    request: HttpRequest
    user: User
    token: AccessToken | None

    def session(self) -> SessionBase:
        """Raises SessionOver when it has ended meanwhile."""
        if self.token is None:
            return self.request.session
        try:
            return tokens.live_session(self.token)
        except tokens.InvalidToken:
            raise SessionOver("This token is not valid, or not any more. Sign in again.") from None

    @contextmanager
    def acting(self) -> Iterator[HttpRequest]:
        """allauth's flows find the caller and the caller's session. Raises StepUpRequired where they ask for it."""
        session = self.session()
        before = dict(session.items())
        try:
            with _run(self.request, session, self.user):
                yield self.request
        except ReauthenticationRequired:
            raise StepUpRequired.of(self.user) from None
        finally:
            if self.token is not None:
                _merge(session, before)


@contextmanager
def _run(request: HttpRequest, session: SessionBase, user: Any) -> Iterator[None]:
    browser_user, browser_session = request.user, request.session
    mark_request_as_headless(request, Client.APP)
    request.session = session
    request.user = user
    request.allauth.headless._pre_user = user  # type: ignore[attr-defined]
    try:
        yield
    finally:
        request.user, request.session = browser_user, browser_session
        # Signing in rotated the cookie of a browser that is not there.
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = False


def _save(session: SessionBase) -> None:
    if session.modified and not session.is_empty():
        session.save()


def _merge(session: SessionBase, before: dict[str, Any]) -> None:
    """Writes what changed, and nothing else, into the session as it is now: its refresh token may have been rotated
    meanwhile, and a session that has ended stays so."""
    after = dict(session.items())
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if not changed:
        return
    with transaction.atomic():
        key = session.session_key
        if not Session.objects.select_for_update().filter(session_key=key).exists():
            return
        current = lookup_session(str(key))
        if current is None:
            return
        for name in changed:
            if name in after:
                current[name] = after[name]
            else:
                current.pop(name, None)
        current.save()


def _pending(token: str) -> SessionBase | None:
    try:
        kind, _, key = unseal(token).rpartition(":")
    except (UnreadableSecret, UnicodeError):
        return None
    return lookup_session(key) if f"{kind}:" == _PENDING else None
