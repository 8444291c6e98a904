"""Many rows at once, by PostgreSQL's COPY: what imports use instead of an INSERT per thousand rows.

Triggers, constraints and foreign keys hold as for every insert; only Django's model instances are left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import batched
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models

# The audit triggers read this setting and catch the error when there is none, or when it is empty, as a setting of an
# earlier transaction leaves it. With foreign keys waiting for the commit, each caught error walks all that wait:
# 20,000 rows took 7 s without this line, 1 s with it.
_QUIET_TRIGGERS = """
    SELECT set_config('pgtrigger.ignore', coalesce(nullif(current_setting('pgtrigger.ignore', true), ''), '{}'), true)
"""
_PAIRS_AT_ONCE = 1000


def copy_rows(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Copies rows into the model's table and returns how many.

    `names` are attribute names (`company_id`, not `company`); a column that is left out gets its database default,
    not Django's. Values are what psycopg adapts: `Jsonb` for JSON, `Range` for ranges.
    """
    with connection.cursor() as cursor:
        cursor.execute(_QUIET_TRIGGERS)
        with cursor.copy(_statement(model, names)) as copy:
            for row in rows:
                copy.write_row(row)
        count: int = cursor.rowcount
    return count


def copy_pairs(model: type[models.Model], names: tuple[str, str], pairs: Iterable[tuple[UUID, UUID]]) -> int:
    """As `copy_rows`, for the rows of a link table, of which there are many: half the time for two ids a row."""
    with connection.cursor() as cursor:
        cursor.execute(_QUIET_TRIGGERS)
        with cursor.copy(_statement(model, names)) as copy:
            for some in batched(pairs, _PAIRS_AT_ONCE):
                copy.write("".join(f"{left}\t{right}\n" for left, right in some))
        count: int = cursor.rowcount
    return count


def _statement(model: type[models.Model], names: Sequence[str]) -> str:
    columns = ", ".join(_column(model, name) for name in names)
    return f"COPY {connection.ops.quote_name(model._meta.db_table)} ({columns}) FROM STDIN"


@contextmanager
def checked_at_once() -> Iterator[None]:
    """Within, foreign keys are checked at the end of each statement instead of all at the end of the transaction.

    For whoever copies many children after their parents: a trigger that catches an error walks everything that waits,
    and audited rows that come after many unchecked ones take several times as long.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _column(model: type[models.Model], name: str) -> str:
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field) or field.column is None:
        raise FieldDoesNotExist(f"{model.__name__}.{name} has no column.")
    quoted: str = connection.ops.quote_name(field.column)
    return quoted


def refresh_statistics(*tables: type[models.Model]) -> None:
    """Tells the planner about rows that came all at once, instead of waiting until it notices by itself."""
    names = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {names}")
