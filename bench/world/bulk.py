"""Millions of rows into tables that guard every single one: constraints step aside and are checked once, at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection, models
from psycopg import sql

_GUARDS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
     WHERE conrelid = ANY(%s::regclass[]) AND contype IN ('f', 'x')
"""

_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index AS i
     WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisunique
       AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
"""


@contextmanager
def loading(tables: Iterable[str]) -> Iterator[None]:
    """Inside a transaction: drops foreign keys, exclusion constraints and plain indexes, silences triggers; afterwards
    puts all of it back as it was, which checks every row."""
    names = list(tables)
    with connection.cursor() as cursor:
        cursor.execute(_GUARDS, [names])
        guards = cursor.fetchall()
        cursor.execute(_INDEXES, [names])
        indexes = cursor.fetchall()
        for table, name, _definition in guards:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for table in names:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for table in names:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        for _name, definition in indexes:
            cursor.execute(definition)
        # Exclusion constraints first: what is checked afterwards is quicker on rows that are in place.
        for table, name, definition in sorted(guards, key=lambda guard: not guard[2].startswith("EXCLUDE")):
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


def insert(model: type[models.Model], columns: Mapping[str, str], source: str) -> int:
    """`INSERT INTO model SELECT columns FROM source`. What is not named gets the model's default. Returns how many."""
    expressions: list[sql.Composable] = []
    names: list[sql.Composable] = []
    missing = dict(columns)
    for field in model._meta.concrete_fields:
        given = missing.pop(field.column, None)
        expression: sql.Composable | None = sql.SQL(given) if given is not None else _default(field)
        if expression is not None:
            names.append(sql.Identifier(field.column))
            expressions.append(expression)
    if missing:
        raise ValueError(f"{model.__name__} has no column {', '.join(missing)}")
    statement = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(names),
        sql.SQL(", ").join(expressions),
        sql.SQL(source),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.as_string())
        return int(cursor.rowcount)


def _default(field: models.Field[Any, Any]) -> sql.Composable | None:
    """The value of a column that nobody named; None leaves it to the database."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return sql.SQL("now()")
    if field.primary_key:
        return None if isinstance(field, models.AutoField) else sql.SQL("uuidv7()")
    if isinstance(field, models.GeneratedField) or field.has_db_default():
        return None
    if field.has_default():
        value = field.get_default()
        if isinstance(value, (list, dict)):
            kind = "jsonb" if isinstance(field, models.JSONField) else field.db_type(connection)
            empty = "[]" if isinstance(value, list) else "{}"
            return sql.SQL(f"'{empty if kind == 'jsonb' else '{}'}'::{kind}")
        return sql.Literal(field.get_db_prep_save(value, connection))
    return sql.NULL if field.null else sql.Literal("")
