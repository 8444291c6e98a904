"""A request that may be sent twice has one effect and one answer.

    with idempotent_request(caller="user:...", key="abc", body=raw) as request:
        if request.replay is None:
            ...                      # the effect, in its own transactions
            request.remember(status=201, body=orjson.dumps(payload))

The key is guarded by an advisory lock while the request runs, so a second one in flight is told so (409) and never
waits. `remember` writes the answer; call it inside the transaction of the effect where there is one, so that both
commit together. Where the effect spans a call to the outside (a payment), the effect itself must be safe to repeat.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import DatabaseError, connection

from freehold.core.errors import BadInput, Conflict, FreeholdError
from freehold.core.ids import uuid7

MAX_KEY_LENGTH = 255

# On the way of everything that is booked or paid: plain statements cost half of what the ORM makes of them.
_KNOWN = "SELECT request_hash, status, body::text FROM core_idempotencykey WHERE caller = %s AND key = %s"
_REMEMBER = """
    INSERT INTO core_idempotencykey (id, caller, key, request_hash, status, body, created_at)
    VALUES (%s, %s, %s, %s, %s, %s::jsonb, now())
"""


class KeyReused(FreeholdError):
    """The same key came with another body."""

    status = 422
    type = "client_error"
    default_code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class RememberedAnswer:
    status: int
    body: Any


@dataclass(slots=True)
class IdempotentRequest:
    caller: str
    key: str
    request_hash: str
    replay: RememberedAnswer | None = field(default=None)

    def remember(self, *, status: int, body: bytes) -> None:
        """`body` is JSON, as it is sent."""
        facts = (uuid7(), self.caller, self.key, self.request_hash, status, body.decode())
        with connection.cursor() as cursor:
            cursor.execute(_REMEMBER, facts)


@contextmanager
def idempotent_request(*, caller: str, key: str, body: bytes) -> Iterator[IdempotentRequest]:
    """Raises BadInput for an unusable key, KeyReused (422) for another body, Conflict (409) while in flight."""
    if not key.isascii() or not key.isprintable() or not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise BadInput(
            f"Idempotency-Key is 1 to {MAX_KEY_LENGTH} printable ASCII characters.",
            code="invalid_idempotency_key",
        )
    lock = int.from_bytes(hashlib.sha256(f"{caller}\0{key}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [lock])
        acquired = cursor.fetchone()[0]
    if not acquired:
        raise Conflict("The first request with this Idempotency-Key is still running.", code="request_in_flight")
    try:
        request = IdempotentRequest(caller, key, hashlib.sha256(body).hexdigest())
        with connection.cursor() as cursor:
            cursor.execute(_KNOWN, [caller, key])
            known = cursor.fetchone()
        if known is not None:
            request_hash, status, answer = known
            if request_hash != request.request_hash:
                raise KeyReused("This Idempotency-Key was used with another request body.")
            request.replay = RememberedAnswer(status, None if answer is None else orjson.loads(answer))
        yield request
    finally:
        _unlock(lock)


def _unlock(lock: int) -> None:
    """A connection that cannot unlock is closed: the lock ends with its session, and never reaches a pool."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock])
    except DatabaseError:
        connection.close()
