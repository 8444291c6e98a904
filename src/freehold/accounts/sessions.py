"""The list of a person's sessions, which is the list of their devices: a browser, or a family of tokens.

Kept in few statements at a sign-in, however many there are, and in none at nearly all other requests.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.http import HttpRequest

from freehold.accounts.events import AccountMailRequested
from freehold.accounts.guessing import is_new_device
from freehold.accounts.mails import NEW_DEVICE, request_mail
from freehold.accounts.selectors import is_email_verified

MAX_USER_AGENT = 200
SEEN_EVERY = timedelta(minutes=5)
_FORGET_ENDED = """
    DELETE FROM usersessions_usersession AS u
     WHERE u.user_id = %s
       AND NOT EXISTS (SELECT 1 FROM django_session AS s
                        WHERE s.session_key = u.session_key AND s.expire_date > now())
"""


def note_session(sender: Any, request: HttpRequest, **_: Any) -> None:
    """Stands in for the library's receiver, which looks at each earlier session one by one at every sign-in.

    People are told about a sign-in from a device that they never used before, at the address that they have proved.
    """
    _tell_of_new_device(request, request.user)
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_ENDED, [request.user.pk])
    UserSession.objects.create_from_request(request)


def _tell_of_new_device(request: HttpRequest, user: Any) -> None:
    is_program = hasattr(request.allauth, "headless")  # type: ignore[attr-defined]
    if not is_new_device(request, user, is_program=is_program) or not is_email_verified(user=user):
        return
    request_mail(
        AccountMailRequested(
            mail=NEW_DEVICE,
            to=user.email,
            user_id=user.pk,
            ip=get_adapter(request).get_client_ip(request),
            user_agent=request.headers.get("User-Agent", "")[:MAX_USER_AGENT],
        )
    )


def note_seen(request: HttpRequest, session: SessionBase) -> None:
    """Writes when and from where the device of a loaded session was seen, at most once in SEEN_EVERY."""
    last_seen = getattr(session, "last_seen_at", None)
    if last_seen is None or session.session_key is None:
        return
    now = datetime.now(UTC)
    if now - last_seen < SEEN_EVERY:
        return
    # Of many requests at once one writes.
    UserSession.objects.filter(session_key=session.session_key, last_seen_at__lt=now - SEEN_EVERY).update(
        last_seen_at=now, ip=get_adapter().get_client_ip(request)
    )


def end_all_sessions(user_id: UUID) -> None:
    """Ends every session of a person."""
    end_sessions(list(UserSession.objects.filter(user_id=user_id).values_list("session_key", flat=True)))


def end_sessions(keys: Collection[str]) -> int:
    """Ends sessions with all their tokens: the next request of theirs is nobody's. Returns how many were alive."""
    with transaction.atomic():
        rows = Session.objects.filter(session_key__in=keys)
        # In one order: two devices that end each other, and a third, do not wait for one another.
        alive = len(rows.select_for_update().order_by("session_key").values_list("session_key", flat=True))
        rows.delete()
        UserSession.objects.filter(session_key__in=keys).delete()
    return alive
