"""Counting in PostgreSQL, and what happens while the store that was chosen instead does not answer.

One statement per count: PostgreSQL decides who is the n-th, so a burst of 64 lets exactly as many pass as the limit
says. The table is unlogged: counters may be lost with a crash, and cost no disk flush.
"""

from collections.abc import Callable
from time import monotonic

import structlog
from django.db import connection

from freehold.ports.counters import Backoff, Counters, CountersUnavailable, Window

log = structlog.get_logger(__name__)

# A refused request does not count, so that someone who keeps knocking is let in when the window ends.
_COUNT = """
    INSERT INTO core_ratecounter AS c (bucket, hits, ends_at)
    VALUES (%(bucket)s, 1, clock_timestamp() + %(seconds)s * interval '1 second')
    ON CONFLICT (bucket) DO UPDATE
       SET hits = CASE WHEN c.ends_at <= clock_timestamp() THEN 1 ELSE c.hits + 1 END,
           ends_at = CASE WHEN c.ends_at <= clock_timestamp() THEN EXCLUDED.ends_at ELSE c.ends_at END
     WHERE c.ends_at <= clock_timestamp() OR c.hits < %(amount)s
    RETURNING c.hits
"""
_WINDOW_LEFT = "SELECT extract(epoch FROM ends_at - clock_timestamp()) FROM core_ratecounter WHERE bucket = %s"
# The pause after the n-th attempt begins with the attempt itself: a burst gets the free ones and no more.
_PAUSE = """
    CASE WHEN {hits} >= %(free)s
         THEN clock_timestamp() + least(%(cap)s, %(first)s * 2 ^ least({hits} - %(free)s, 20)) * interval '1 second'
    END
"""
_HITS = "CASE WHEN c.ends_at <= clock_timestamp() THEN 1 ELSE c.hits + 1 END"
_ATTEMPT = f"""
    INSERT INTO core_ratecounter AS c (bucket, hits, ends_at, opens_at)
    VALUES (%(bucket)s, 1, clock_timestamp() + %(memory)s * interval '1 second', {_PAUSE.format(hits="1")})
    ON CONFLICT (bucket) DO UPDATE
       SET hits = {_HITS}, ends_at = EXCLUDED.ends_at, opens_at = {_PAUSE.format(hits=f"({_HITS})")}
     WHERE c.opens_at IS NULL OR c.opens_at <= clock_timestamp()
    RETURNING c.hits
"""  # noqa: S608 - constants of this module
_PAUSE_LEFT = "SELECT extract(epoch FROM opens_at - clock_timestamp()) FROM core_ratecounter WHERE bucket = %s"
_GIVE_BACK = "UPDATE core_ratecounter SET hits = greatest(hits - 1, 0), opens_at = NULL WHERE bucket = %s"

SHORTEST_WAIT = 0.001


class PostgresCounters:
    """The store that is always there."""

    def count(self, bucket: str, window: Window) -> float:
        return _counted(
            bucket, _COUNT, {"bucket": bucket, "seconds": window.seconds, "amount": window.amount}, _WINDOW_LEFT
        )

    def attempt(self, bucket: str, backoff: Backoff) -> float:
        facts = {"free": backoff.free, "first": backoff.first, "cap": backoff.cap, "memory": backoff.memory}
        return _counted(bucket, _ATTEMPT, {"bucket": bucket, **facts}, _PAUSE_LEFT)

    def give_back(self, bucket: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_GIVE_BACK, [bucket])

    def forget(self, bucket: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM core_ratecounter WHERE bucket = %s", [bucket])

    def forget_ended(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM core_ratecounter WHERE ends_at < clock_timestamp()")
            return int(cursor.rowcount)


def _counted(bucket: str, statement: str, facts: dict[str, str | int], left: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        if cursor.fetchone() is not None:
            return 0
        cursor.execute(left, [bucket])
        found = cursor.fetchone()
    # It may have ended, or been forgotten, between the two statements: then asking again at once is right.
    return max(float(found[0]) if found and found[0] is not None else 0, SHORTEST_WAIT)


class SteadyCounters:
    """A chosen store, and PostgreSQL while that does not answer: a limit is never open, and never in the way.

    What was counted in one is unknown to the other: after a failure every window begins anew, once.
    """

    RETRY_SECONDS = 5

    def __init__(self, chosen: Counters, spare: Counters) -> None:
        self._chosen, self._spare = chosen, spare
        self._silent_until = 0.0

    def count(self, bucket: str, window: Window) -> float:
        return self._ask(lambda store: store.count(bucket, window))

    def attempt(self, bucket: str, backoff: Backoff) -> float:
        return self._ask(lambda store: store.attempt(bucket, backoff))

    def give_back(self, bucket: str) -> None:
        self._ask(lambda store: store.give_back(bucket))

    def forget(self, bucket: str) -> None:
        self._ask(lambda store: store.forget(bucket))

    def forget_ended(self) -> int:
        return self._spare.forget_ended()

    def _ask[T](self, question: Callable[[Counters], T]) -> T:
        if monotonic() >= self._silent_until:
            try:
                return question(self._chosen)
            except CountersUnavailable as error:
                self._silent_until = monotonic() + self.RETRY_SECONDS
                log.warning("counters_unavailable", error=str(error))
        return question(self._spare)
