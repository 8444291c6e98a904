"""After a test that commits, the tables are emptied: those that hold something, and what refers to them.

The framework's own way truncates every table there is, and then makes content types and permissions anew, which no
test changes. That took longer than most tests.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connections
from django.test import TransactionTestCase
from psycopg import sql

KEPT = frozenset({"auth_permission", "django_content_type"})

_EMPTY = """
DO $do$
DECLARE
    every CONSTANT text[] := {};
    name text;
    holds boolean;
    filled text[] := '{{}}';
BEGIN
    SET LOCAL client_min_messages = warning;
    FOREACH name IN ARRAY every LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO holds;
        IF holds THEN
            filled := filled || quote_ident(name);
        END IF;
    END LOOP;
    IF filled <> '{{}}' THEN
        EXECUTE 'TRUNCATE ' || array_to_string(filled, ', ') || ' CASCADE';
    END IF;
END
$do$
"""


def empty_quickly(test_case: TransactionTestCase) -> None:
    """In the place of `TransactionTestCase._fixture_teardown`."""
    for alias in test_case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        with connections[alias].cursor() as cursor:
            cursor.execute(_statement(alias))


@cache
def _statement(alias: str) -> Any:
    names = connections[alias].introspection.django_table_names(only_existing=True, include_views=False)
    return sql.SQL(_EMPTY).format(sql.Literal(sorted(set(names) - KEPT)))
