"""The list of a person's sessions, which is the list of their devices: a browser, or a family of tokens.

Kept in two statements at a sign-in, however many there are, and in none at nearly all other requests.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.http import HttpRequest

SEEN_EVERY = timedelta(minutes=5)
_FORGET_ENDED = """
    DELETE FROM usersessions_usersession AS u
     WHERE u.user_id = %s
       AND NOT EXISTS (SELECT 1 FROM django_session AS s
                        WHERE s.session_key = u.session_key AND s.expire_date > now())
"""


def note_session(sender: Any, request: HttpRequest, **_: Any) -> None:
    """Stands in for the library's receiver, which looks at each earlier session one by one at every sign-in."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_ENDED, [request.user.pk])
    UserSession.objects.create_from_request(request)


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


def end_sessions(keys: list[str]) -> None:
    """Ends sessions with all their tokens: the next request of theirs is nobody's."""
    with transaction.atomic():
        Session.objects.filter(session_key__in=keys).delete()
        UserSession.objects.filter(session_key__in=keys).delete()
