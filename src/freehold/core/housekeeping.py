"""What nobody will ask for again is deleted: ended counters, old answers and tokens, messages delivered long ago.

In small bites, so that no statement holds locks for long and a table of any size is swept within its time-out.
"""

from datetime import timedelta

from django.db import connection

from freehold.core.ratelimit import forget_ended

ANSWERS_KEPT = timedelta(days=30)
DELIVERED_KEPT = timedelta(days=30)
TOKENS_KEPT = timedelta(days=30)
"""Nobody has borrowed one for so long: the account is not used any more."""

BITE = 5_000

_OLD_ANSWERS = "SELECT id FROM core_idempotencykey WHERE created_at < clock_timestamp() - %s LIMIT %s"
_OLD_MESSAGES = (
    "SELECT id FROM core_outboxmessage WHERE state = 'delivered' AND delivered_at < clock_timestamp() - %s LIMIT %s"
)
_OLD_TOKENS = "SELECT key FROM core_sharedtoken WHERE renew_at < clock_timestamp() - %s LIMIT %s"
_ENDED_SESSIONS = "SELECT session_key FROM django_session WHERE expire_date < clock_timestamp() - %s LIMIT %s"


def sweep() -> int:
    """Returns how many rows went."""
    return (
        forget_ended()
        + _delete("core_idempotencykey", "id", _OLD_ANSWERS, ANSWERS_KEPT)
        + _delete("core_outboxmessage", "id", _OLD_MESSAGES, DELIVERED_KEPT)
        + _delete("core_sharedtoken", "key", _OLD_TOKENS, TOKENS_KEPT)
        + _delete("django_session", "session_key", _ENDED_SESSIONS, timedelta(0))
    )


def _delete(table: str, key: str, found: str, older_than: timedelta) -> int:
    statement = f"DELETE FROM {table} WHERE {key} IN ({found})"  # noqa: S608 - constants of this module
    total: int = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(statement, [older_than, BITE])  # type: ignore[list-item]
            total += int(cursor.rowcount)
            if cursor.rowcount < BITE:
                return total
