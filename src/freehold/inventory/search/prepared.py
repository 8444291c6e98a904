"""Large statements that are asked again and again: planned once per connection instead of once per question.

To plan the search takes longer than to answer it. Django's cursors put values into the text, so that no two texts are
alike; this one sends them apart and lets PostgreSQL keep the plan. Left to itself, PostgreSQL would plan the first five
times for the values at hand, on each connection and for each of the many shapes that a search has.
"""

import re
from functools import lru_cache
from typing import Any
from weakref import WeakSet

import psycopg
from django.db import connection
from psycopg.pq import TransactionStatus

_PLACEHOLDER = re.compile(r"%(?:%|\((\w+)\)s)")

_planning_once: WeakSet[psycopg.Connection[Any]] = WeakSet()


class _PreparedCursor(psycopg.RawCursor[Any]):
    """Prepares what it executes, on a connection that prepares nothing else."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> "_PreparedCursor":
        usual = self.connection.prepare_threshold
        self.connection.prepare_threshold = 0
        try:
            return super().execute(query, params, **{**options, "prepare": True})
        finally:
            self.connection.prepare_threshold = usual


def _plan_for_all_values(asked: psycopg.Connection[Any]) -> None:
    """Once a connection. Not within a transaction, which might take the setting back."""
    if asked in _planning_once or asked.info.transaction_status != TransactionStatus.IDLE:
        return
    with psycopg.ClientCursor(asked) as cursor:
        cursor.execute("SET plan_cache_mode = force_generic_plan", prepare=False)
    _planning_once.add(asked)


def fetch_prepared(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement whose parameters have casts wherever their type is not plain.

    The audit trail puts its context before a statement that does not begin with SELECT; a prepared one is alone.
    """
    text, names = _numbered(statement)
    connection.ensure_connection()
    _plan_for_all_values(connection.connection)
    cursor = _PreparedCursor(connection.connection)
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(cursor) as asked:
        asked.execute(text, [parameters[name] for name in names])
        rows: list[tuple[Any, ...]] = asked.fetchall()
    return rows


@lru_cache(maxsize=512)
def _numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """`%(name)s` as PostgreSQL's own $1, $2: psycopg would look through the whole text at every call."""
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found.group(1)
        return "%" if name is None else f"${numbers.setdefault(name, len(numbers) + 1)}"

    text = _PLACEHOLDER.sub(number, f"SELECT * FROM ({statement}) AS answer")  # noqa: S608 - the caller's constant
    return text, tuple(numbers)
