"""Large statements that are asked again and again: planned once per connection instead of once per question.

To plan the search takes as long as to answer it. Django's cursors put values into the text, so that no two texts are
alike; this one sends them apart and lets PostgreSQL keep the plan.
"""

from typing import Any

import psycopg
from django.db import connection


class _PreparedCursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, params: Any = None, **options: Any) -> "_PreparedCursor":
        return super().execute(query, params, **{**options, "prepare": True})


def fetch_prepared(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement whose parameters have casts wherever their type is not plain.

    The audit trail puts its context before a statement that does not begin with SELECT; a prepared one is alone.
    """
    connection.ensure_connection()
    cursor = _PreparedCursor(connection.connection)
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(cursor) as asked:
        asked.execute(f"SELECT * FROM ({statement}) AS answer", parameters)  # noqa: S608 - the caller's constant
        rows: list[tuple[Any, ...]] = asked.fetchall()
    return rows
