"""The list of a person's sessions, kept in two statements however many there are."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.db import connection
from django.http import HttpRequest

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
