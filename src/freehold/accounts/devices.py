"""Where somebody is signed in: a row per browser session and per family of tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from freehold.accounts.device_names import device_name
from freehold.accounts.models import User
from freehold.accounts.session_store import SessionStore
from freehold.accounts.tokens import CURRENT_REFRESH
from freehold.core.errors import NotFound

MAX_DEVICES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """`address` is where it was seen last; `is_app` says that it holds tokens instead of a browser's session."""

    id: int
    name: str
    address: str
    first_seen_at: datetime
    last_seen_at: datetime
    is_current: bool
    is_app: bool


def devices_of(*, user: User, current_key: str) -> list[Device]:
    """Those that are signed in, last seen first, the caller's own before all; at most MAX_DEVICES. One query."""
    rows = _signed_in(user).order_by("-last_seen_at", "-id")[:MAX_DEVICES]
    found = [device for row in rows if (device := _device(user, row, current_key)) is not None]
    return sorted(found, key=lambda device: not device.is_current)


def device_of(*, user: User, device_id: int, current_key: str) -> Device:
    """Raises NotFound."""
    row = _signed_in(user).filter(pk=device_id).first()
    device = _device(user, row, current_key) if row is not None else None
    if device is None:
        raise NotFound
    return device


def _signed_in(user: User) -> QuerySet[Any]:
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())
    content = Subquery(alive.values("session_data")[:1])
    return UserSession.objects.filter(user=user).annotate(content=content).filter(content__isnull=False)


def _device(user: User, row: Any, current_key: str) -> Device | None:
    """None for a session that the password of today has ended, although its row is still there."""
    content = SessionStore().decode(row.content)
    if content.get(HASH_SESSION_KEY) not in {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}:
        return None
    return Device(
        id=row.pk,
        name=device_name(row.user_agent),
        address=row.ip,
        first_seen_at=row.created_at,
        last_seen_at=row.last_seen_at,
        is_current=row.session_key == current_key,
        is_app=CURRENT_REFRESH in content,
    )
