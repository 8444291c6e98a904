"""The raw transaction: exactly the rows that one hold writes, by plain SQL, and nothing else.

The rows are read back from a real hold, so this stays true when a hold writes more. Foreign keys, constraints and
the triggers of the audit trail fire here as they do there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from uuid_utils import uuid7

from bench.slots import Slot

# Tables that triggers fill, and what belongs to the request and not to the hold.
_TABLES = """
    SELECT c.oid::regclass::text FROM pg_class AS c
     WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'pgh_id')
       AND c.relname NOT LIKE 'pghistory%'
     ORDER BY 1
"""

_LOCK = "SELECT FROM properties_unit WHERE id = %s FOR NO KEY UPDATE"


@dataclass(frozen=True, slots=True)
class _Statement:
    """One INSERT. `values` hold what changes from hold to hold as names of placeholders."""

    text: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RawHold:
    """The rows of one hold, to be written again for other units and periods."""

    statements: tuple[_Statement, ...]
    ids: frozenset[str]
    slot: Slot
    period: str
    reference: str

    @property
    def tables(self) -> list[str]:
        return [statement.text.split('"')[1] for statement in self.statements]

    def write(self, connection: psycopg.Connection[Any], slot: Slot, *, lock: bool = True) -> None:
        """One transaction: lock the unit, insert the rows. Without the lock the constraint alone decides."""
        replaced = {old: str(uuid7()) for old in self.ids}
        replaced[str(self.slot.listing.unit_id)] = str(slot.listing.unit_id)
        replaced[str(self.slot.listing.listing_id)] = str(slot.listing.listing_id)
        replaced[self.period] = slot.range_text
        replaced[self.reference] = f"R{uuid7().hex[-15:]}"
        with connection.transaction():
            if lock:
                connection.execute(_LOCK, [slot.listing.unit_id], prepare=True)
            for statement in self.statements:
                values = {name: _replace(value, replaced) for name, value in statement.values.items()}
                connection.execute(statement.text, values, prepare=True)


def record(connection: psycopg.Connection[Any], hold: Callable[[Slot], str], slot: Slot) -> RawHold:
    """Makes one hold of `slot` and reads back what it wrote. `hold` returns the booking's reference.

    Nothing else may write to the database meanwhile.
    """
    row = connection.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
    assert row is not None
    before = _row_counts(connection)
    reference = hold(slot)
    statements: list[_Statement] = []
    ids: set[str] = set()
    period = ""
    for table, count in _row_counts(connection).items():
        if count == before[table]:
            # Untouched, or changed by a trigger, which will fire for the raw transaction too.
            continue
        found = connection.execute(
            sql.SQL("SELECT to_jsonb(t) FROM {} AS t WHERE t.xmin::text::bigint > %s ORDER BY ctid").format(
                sql.Identifier(table)
            ),
            [row[0]],
        ).fetchall()
        for (values,) in found:
            statements.append(_statement(connection, table, values))
            if isinstance(values.get("id"), str):
                ids.add(values["id"])
            if table == "inventory_allocation":
                period = values["period"]
    return RawHold(tuple(statements), frozenset(ids), slot, period, reference)


def _row_counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    tables = [table for (table,) in connection.execute(_TABLES).fetchall()]
    counts = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {}, count(*) FROM {}").format(sql.Literal(table), sql.Identifier(table)) for table in tables
    )
    return dict(connection.execute(counts).fetchall())


def _statement(connection: psycopg.Connection[Any], table: str, row: dict[str, Any]) -> _Statement:
    """The INSERT of this row. Numbers that the database counts are left to it."""
    types = dict(
        connection.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''"
            " AND attgenerated = '' AND coalesce(pg_get_expr(adbin, adrelid), '') NOT LIKE 'nextval(%%'",
            [table],
        ).fetchall()
    )
    values = {name: Jsonb(row[name]) if kind == "jsonb" else row[name] for name, kind in types.items()}
    text = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(sql.Identifier(name) for name in types),
        sql.SQL(", ").join(sql.SQL("{}::" + kind).format(sql.Placeholder(name)) for name, kind in types.items()),
    )
    return _Statement(text.as_string(), values)


def _replace(value: Any, replaced: dict[str, str]) -> Any:
    if isinstance(value, str):
        return replaced.get(value, value)
    if isinstance(value, list):
        return [_replace(each, replaced) for each in value]
    return value
