"""Guests who are signed in, with tokens of sessions that live: the API checks both."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from freehold.accounts import tokens
from freehold.accounts.models import User


@dataclass(frozen=True, slots=True)
class SignedIn:
    user: User
    token: str


def sign_in_guests(count: int) -> list[SignedIn]:
    """So many new people. Many, because the limits of the API count per person."""
    return [_sign_in(User(email=f"guest{number}@bench.example", first_name="Guest")) for number in range(count)]


def _sign_in(user: User) -> SignedIn:
    user.set_unusable_password()
    user.save()
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    pair = tokens.issue(user, session)
    session.save()
    return SignedIn(user, pair.access)
