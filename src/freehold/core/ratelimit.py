"""Counting what must not happen too often, exactly, however many processes count.

One upsert per request: PostgreSQL decides who is the n-th, so a burst of 64 lets exactly as many pass as the limit
says. A window begins with the first request of an identity and lasts `seconds` by the machine's clock of the
database. The table is unlogged: counters may be lost with a crash, and cost no disk flush.
"""

import hashlib
import math
import re
from dataclasses import dataclass
from typing import Self

from django.db import connection

_RATE = re.compile(r"([0-9]+)/([0-9]+)s")

# A refused request does not count, so that someone who keeps knocking is let in when the window ends.
_CONSUME = """
    INSERT INTO core_ratecounter AS c (bucket, hits, ends_at)
    VALUES (%(bucket)s, 1, clock_timestamp() + %(seconds)s * interval '1 second')
    ON CONFLICT (bucket) DO UPDATE
       SET hits = CASE WHEN c.ends_at <= clock_timestamp() THEN 1 ELSE least(c.hits + 1, %(amount)s + 1) END,
           ends_at = CASE WHEN c.ends_at <= clock_timestamp() THEN EXCLUDED.ends_at ELSE c.ends_at END
    RETURNING c.hits, extract(epoch FROM c.ends_at - clock_timestamp())
"""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `amount` in `seconds`."""

    amount: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads "60/10s". Raises ValueError for anything else."""
        match = _RATE.fullmatch(text)
        if match is None or not int(match[1]) or not int(match[2]):
            raise ValueError(f"A rate limit is written like 60/10s, not {text!r}.")
        return cls(int(match[1]), int(match[2]))


@dataclass(frozen=True, slots=True)
class Verdict:
    """`retry_after`: whole seconds until the window ends, at least 1; None when allowed."""

    allowed: bool
    retry_after: int | None = None


def consume(*, scope: str, identity: str, limit: RateLimit) -> Verdict:
    """Counts one more of `scope` for `identity`, and says whether it is within `limit`."""
    with connection.cursor() as cursor:
        cursor.execute(_CONSUME, {"bucket": _bucket(scope, identity), "seconds": limit.seconds, "amount": limit.amount})
        hits, remaining = cursor.fetchone()
    if hits <= limit.amount:
        return Verdict(allowed=True)
    return Verdict(allowed=False, retry_after=max(1, math.ceil(remaining)))


def give_back(*, scope: str, identity: str) -> None:
    """Takes one count back: what was counted in advance turned out well."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_ratecounter SET hits = greatest(hits - 1, 0) WHERE bucket = %s", [_bucket(scope, identity)]
        )


def forget(*, scope: str, identity: str) -> None:
    """Starts afresh for `identity`."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_ratecounter WHERE bucket = %s", [_bucket(scope, identity)])


def forget_ended() -> int:
    """Deletes counters whose window is over. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_ratecounter WHERE ends_at < clock_timestamp()")
        return int(cursor.rowcount)


def _bucket(scope: str, identity: str) -> str:
    """The identity may be an address or a number: the table holds its hash."""
    return f"{scope}:{hashlib.sha256(identity.encode()).hexdigest()[:32]}"
