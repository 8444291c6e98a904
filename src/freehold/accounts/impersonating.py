"""An administrator acts as somebody else: for how long, and what nobody may do in another's name.

The session stays the administrator's. What it holds is the id of an impersonation, which is asked for at every
request: when its time is over, somebody ended it, or the administrator is none any more, it is over at once.
"""

from typing import Any
from uuid import UUID

import pghistory
from django.db.models import F

from freehold.accounts.models import Impersonation, User
from freehold.core.actor import Actor
from freehold.core.clock import DatabaseNow
from freehold.core.errors import AccessDenied

SESSION_KEY = "impersonation"

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Passwords, factors, recovery codes, devices, tokens, all data at once: reading them is as bad as changing them.
_CLOSED = ("/accounts/", "/privacy/", "/api/v1/auth/", "/api/v1/me/devices/", "/api/v1/me/export/")
# The same at the addresses of the older APIs, where who one is stands in between.
_CLOSED += ("/auth/", "/login/", "/register/", "/api/auth/", "/api/accounts/")
_WHO_ONE_IS = ("/api/auth/me/", "/api/accounts/me/")
# One's profile, and what becomes of the account. A second wall: the services ask for the person's own hand.
_READ_ONLY = ("/profile/", "/api/v1/me/")


def live_impersonation(pk: Any) -> Impersonation | None:
    """The impersonation with both its people, while it lasts."""
    try:
        key = UUID(str(pk))
    except ValueError:
        return None
    rows = Impersonation.objects.filter(
        pk=key,
        ended_at=None,
        ends_at__gt=DatabaseNow(),
        admin__is_active=True,
        admin__is_superuser=True,
        user__is_active=True,
        user__is_staff=False,
        user__is_superuser=False,
    )
    return rows.select_related("admin", "user").exclude(admin=F("user")).first()


def require_impersonator(actor: Actor) -> Any:
    """The administrator, who acts in their own name. Raises AccessDenied."""
    actor.require_own_hand()
    user = actor.user
    if user is None or not (user.is_active and user.is_superuser and user.has_perm("accounts.add_impersonation")):
        raise AccessDenied("Only an administrator of the platform may act as somebody else.")
    return user


def note_impersonation(found: Impersonation) -> User:
    """The person as whom to act, who carries who it is in truth; the audit trail of this request names both."""
    pghistory.context(impersonator=str(found.admin_id), impersonation=str(found.pk))
    user: User = found.user
    user.impersonator_id = found.admin_id  # type: ignore[attr-defined]
    return user


def is_personal(method: str, path: str) -> bool:
    """Whether an address is for the person alone, never for somebody who acts as them."""
    if method in _SAFE:
        return path.startswith(_CLOSED) and not path.startswith(_WHO_ONE_IS)
    return path.startswith((*_CLOSED, *_READ_ONLY))
