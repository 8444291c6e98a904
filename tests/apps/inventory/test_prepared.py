"""Statements that are asked again and again are planned once."""

import pytest
from django.db import connection

from freehold.inventory.search.prepared import fetch_prepared

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_statement_is_planned_for_all_values_from_the_first_time_on() -> None:
    connection.close()
    statement = "SELECT id FROM properties_listing WHERE slug = %(slug)s::text"
    for index in range(7):
        assert fetch_prepared(statement, {"slug": f"no-such-{index}"}) == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT custom_plans, generic_plans FROM pg_prepared_statements"
            " WHERE statement LIKE '%properties_listing WHERE slug = $1%'"
        )
        assert cursor.fetchall() == [(0, 7)]
