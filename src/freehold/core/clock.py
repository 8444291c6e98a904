"""Time, in one place, so that it can be moved.

Two clocks agree on one offset: `now()` in Python and `freehold_now()` in PostgreSQL. Expiry is always decided
by the database's clock (`DatabaseNow()`), because many web processes have many clocks and one database has one.
The offset is a row; it is zero except in demonstrations and tests.
"""

import time
from datetime import UTC, datetime, timedelta

from django.db import connection, models
from django.db.models import DateTimeField, Func

_OFFSET_LIFE_SECONDS = 1.0
_cached_offset: tuple[float, timedelta] = (0.0, timedelta(0))


class DatabaseNow(Func):
    """The database's clock, as an SQL expression: aware UTC."""

    function = "freehold_now"
    template = "%(function)s()"
    output_field = DateTimeField()


class ClockOffset(models.Model):
    """The one row that says how far Freehold's clock is moved from the machine's."""

    id = models.SmallAutoField(primary_key=True)
    offset_by = models.DurationField(default=timedelta(0))

    class Meta:
        db_table = "core_clockoffset"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="core_clockoffset_single_row")]

    def __str__(self) -> str:
        return str(self.offset_by)


def now() -> datetime:
    """Freehold's time: aware UTC, moved by the offset (re-read at most once a second)."""
    return datetime.now(UTC) + _offset()


def database_now() -> datetime:
    """The database's clock: aware UTC. The only judge of expiry."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT freehold_now()")
        row = cursor.fetchone()
    moment: datetime = row[0]
    return moment


def offset() -> timedelta:
    """How far Freehold's clock is ahead of the machine's; zero but for demonstrations and tests."""
    return _offset()


def move(by: timedelta) -> None:
    """Moves Freehold's clock on by `by` (or back). For demonstrations and tests."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_clockoffset (id, offset_by) VALUES (1, %s) "
            "ON CONFLICT (id) DO UPDATE SET offset_by = core_clockoffset.offset_by + EXCLUDED.offset_by",
            [by],  # type: ignore[list-item]  # psycopg knows intervals
        )
    forget_offset()


def forget_offset() -> None:
    """Drops the remembered offset, so that the next `now()` reads it again."""
    global _cached_offset
    _cached_offset = (0.0, timedelta(0))


def _offset() -> timedelta:
    global _cached_offset
    read_at, offset = _cached_offset
    if read_at and time.monotonic() - read_at < _OFFSET_LIFE_SECONDS:
        return offset
    with connection.cursor() as cursor:
        cursor.execute("SELECT offset_by FROM core_clockoffset WHERE id = 1")
        row = cursor.fetchone()
    offset = row[0] if row else timedelta(0)
    _cached_offset = (time.monotonic(), offset)
    return offset
