"""Everything that a log would hold, and what must not be in it.

Logging is set up as an installation does it, as talkative as it can be set. What is written is kept here, formatted:
what is taken out on the way counts as taken out.
"""

from __future__ import annotations

import base64
import io
import logging
import logging.config
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from freehold.config.logging import logging_settings

SHORTEST = 8
"""What is shorter is found anywhere."""


@contextmanager
def everything_logged(log_format: str = "json") -> Iterator[io.StringIO]:
    """Statements of the database are told to the loggers as well, as where queries are watched."""
    written = io.StringIO()
    wanted = logging_settings(log_format=log_format, level="DEBUG")
    wanted["handlers"]["stream"]["stream"] = written
    before = {name: logger.level for name, logger in _loggers()}
    handlers = logging.getLogger().handlers[:]
    logging.config.dictConfig(wanted)
    connection.force_debug_cursor = True
    try:
        yield written
    finally:
        connection.force_debug_cursor = False
        logging.config.dictConfig(settings.LOGGING)
        logging.getLogger().handlers[:] = handlers
        for name, logger in _loggers():
            logger.setLevel(before.get(name, logging.NOTSET))


def _loggers() -> Iterator[tuple[str, logging.Logger]]:
    yield "", logging.getLogger()
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger):
            yield name, logger


def spellings_of(phone: str) -> set[str]:
    """A number as people, programs and providers write it."""
    digits = re.sub(r"\D", "", phone)
    country, rest = (digits[:3], digits[3:]) if digits.startswith(("254", "880")) else (digits[:2], digits[2:])
    grouped = f"{rest[:3]} {rest[3:6]} {rest[6:]}"
    return {f"+{digits}", digits, f"0{rest}", f"+{country} {grouped}", f"0{grouped}", f"+{country}-{rest}"}


def encodings_of(secret: str) -> set[str]:
    """As it is, and as it travels in headers."""
    coded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, coded} if len(secret) >= SHORTEST else set()


def told(text: str, hidden: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """What of the hidden stands in the text, by its kind, with what stands around it."""
    found = {}
    for kind, values in hidden.items():
        for value in values:
            at = text.find(value)
            if at >= 0:
                found[kind] = text[max(0, at - 200) : at + len(value) + 40]
    return found


def all_rows(*without: str) -> str:
    """Every row of every table as text, without these columns (`table.column`)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND NOT table_name || '.' || column_name = ANY(%s) GROUP BY 1 ORDER BY 1",
            [list(without)],
        )
        tables = cursor.fetchall()
        rows = []
        for table, columns in tables:
            cursor.execute(f'SELECT ROW({columns})::text FROM "{table}"')
            rows += [f"{table} {row}" for (row,) in cursor.fetchall()]
    return "\n".join(rows)
