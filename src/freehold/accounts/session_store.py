"""Sessions in the database, read together with when their device was last seen: one query, no write per request."""

from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db.models import OuterRef, Subquery
from django.utils import timezone

_LAST_SEEN = UserSession.objects.filter(session_key=OuterRef("session_key")).values("last_seen_at")[:1]


class SessionStore(DatabaseStore):
    """Set as SESSION_ENGINE. `last_seen_at` is None for a session that is no person's device, or is not loaded."""

    last_seen_at: datetime | None = None

    def _get_session_from_db(self) -> Any:
        row = (
            Session.objects.annotate(last_seen_at=Subquery(_LAST_SEEN))
            .filter(session_key=self.session_key, expire_date__gt=timezone.now())
            .first()
        )
        if row is None:
            # Says to whoever asks that there is no such session.
            self._session_key = None
        else:
            self.last_seen_at = row.last_seen_at
        return row
