"""Access tokens that all processes share, and that one of them renews at a time.

The right to renew is a lease in the token's row, so that no transaction is open while the vendor is asked, and a
process that was killed blocks nobody for longer than the lease. Leases and tokens live by the machine's time, not by
Freehold's movable clock: vendors do not move with it.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from django.db import connection

from freehold.core.secrets import UnreadableSecret, seal, unseal
from freehold.ports.token_store import AccessToken, TokenUnavailable

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
"""Longer than any renewal may take: two calls with their time-outs."""

PATIENCE_S = 20.0
PAUSE_S = 0.05

_READ = """
    SELECT sealed, failures, renew_at IS NOT NULL AND renew_at > clock_timestamp(),
           leased_until IS NOT NULL AND leased_until > clock_timestamp()
      FROM core_sharedtoken WHERE key = %(key)s
"""
# One statement decides: among any number of callers exactly one gets a row back.
_LEASE = """
    INSERT INTO core_sharedtoken AS t (key, sealed, failures, leased_by, leased_until)
    VALUES (%(key)s, '', 0, %(holder)s, clock_timestamp() + %(lease)s)
    ON CONFLICT (key) DO UPDATE SET leased_by = EXCLUDED.leased_by, leased_until = EXCLUDED.leased_until
     WHERE (t.leased_until IS NULL OR t.leased_until <= clock_timestamp())
       AND (t.renew_at IS NULL OR t.renew_at <= clock_timestamp())
    RETURNING sealed
"""
# Whoever lost its lease meanwhile, because it took too long, changes nothing.
_KEEP = """
    UPDATE core_sharedtoken SET sealed = %(sealed)s, renew_at = %(renew_at)s, leased_by = '', leased_until = NULL
     WHERE key = %(key)s AND leased_by = %(holder)s
"""
_GIVE_UP = """
    UPDATE core_sharedtoken SET failures = failures + 1, leased_by = '', leased_until = NULL
     WHERE key = %(key)s AND leased_by = %(holder)s
"""
_REJECT = "UPDATE core_sharedtoken SET renew_at = NULL WHERE key = %(key)s AND sealed = %(sealed)s"


@dataclass(frozen=True, slots=True)
class _Row:
    sealed: str
    failures: int
    is_fresh: bool
    is_leased: bool


class PostgresTokenStore:
    """See `ports.token_store`. `patience_s` is how long a caller waits for another's renewal."""

    def __init__(self, *, lease: timedelta = LEASE, patience_s: float = PATIENCE_S) -> None:
        self._lease, self._patience_s = lease, patience_s

    def token(self, key: str, renew: Callable[[AccessToken | None], AccessToken]) -> AccessToken:
        """Raises what `renew` raises, TokenUnavailable, and RuntimeError inside a transaction."""
        if connection.in_atomic_block:
            raise RuntimeError("Tokens are renewed outside of any transaction: commit first.")
        give_up_at, failures_before = time.monotonic() + self._patience_s, None
        while True:
            row = _read(key)
            token = _open(row.sealed) if row is not None and row.is_fresh else None
            if token is not None:
                return token
            if row is not None and row.is_fresh:
                _execute(_REJECT, key=key, sealed=row.sealed)  # nobody can read it
            if failures_before is not None and row is not None and row.failures != failures_before:
                raise TokenUnavailable("another process could not renew the token")
            if row is None or not row.is_leased:
                holder = uuid4().hex
                leased = self._take_lease(key, holder)
                if leased is not None:
                    return _renew(key, holder, _open(leased), renew)
            elif failures_before is None:
                failures_before = row.failures
            if time.monotonic() > give_up_at:
                raise TokenUnavailable("another process is still renewing the token")
            time.sleep(PAUSE_S)

    def reject(self, key: str, value: str) -> None:
        row = _read(key)
        token = _open(row.sealed) if row is not None else None
        if row is not None and token is not None and token.value == value:
            _execute(_REJECT, key=key, sealed=row.sealed)

    def _take_lease(self, key: str, holder: str) -> str | None:
        """What is stored under the key, for the one caller who may renew it now."""
        with connection.cursor() as cursor:
            cursor.execute(_LEASE, {"key": key, "holder": holder, "lease": self._lease})  # type: ignore[dict-item]
            found = cursor.fetchone()
        return None if found is None else str(found[0])


def _renew(
    key: str, holder: str, old: AccessToken | None, renew: Callable[[AccessToken | None], AccessToken]
) -> AccessToken:
    try:
        token = renew(old)
    except BaseException as error:
        _execute(_GIVE_UP, key=key, holder=holder)
        log.warning("token_not_renewed", key=key, error=type(error).__name__)
        raise
    _execute(_KEEP, key=key, holder=holder, sealed=_close(token), renew_at=token.renew_at)
    log.info("token_renewed", key=key, renew_at=token.renew_at.isoformat())
    return token


def _read(key: str) -> _Row | None:
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"key": key})
        found = cursor.fetchone()
    return None if found is None else _Row(*found)


def _execute(statement: str, **facts: str | datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)


def _close(token: AccessToken) -> str:
    return seal(json.dumps([token.value, token.renew_at.isoformat(), token.refresh]))


def _open(sealed: str) -> AccessToken | None:
    """None when nothing is stored, or no key of today opens it: then a new token is asked for."""
    if not sealed:
        return None
    try:
        value, renew_at, refresh = json.loads(unseal(sealed))
    except UnreadableSecret:
        return None
    return AccessToken(value, datetime.fromisoformat(renew_at), refresh)
