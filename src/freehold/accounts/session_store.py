"""Sessions in the database, read together with when their device was last seen: one query, no write per request."""

from datetime import datetime

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

# Plain SQL: this is asked for each request of somebody who is signed in.
_SESSION = """
    SELECT session_key, session_data, expire_date,
           (SELECT last_seen_at FROM usersessions_usersession AS device
             WHERE device.session_key = session.session_key LIMIT 1)
      FROM django_session AS session
     WHERE session_key = %s AND expire_date > %s
"""


class SessionStore(DatabaseStore):
    """Set as SESSION_ENGINE. `last_seen_at` is None for a session that is no person's device, or is not loaded."""

    last_seen_at: datetime | None = None

    def _get_session_from_db(self) -> Session | None:
        with connection.cursor() as cursor:
            cursor.execute(_SESSION, [self.session_key, timezone.now()])
            row = cursor.fetchone()
        if row is None:
            # Says to whoever asks that there is no such session.
            self._session_key = None
            return None
        *session, self.last_seen_at = row
        return Session(*session)
