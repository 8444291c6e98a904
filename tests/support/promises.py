"""The independent checker, inside a test's own transaction."""

from django.db import connection

from freehold.reports.integrity import CHECKS


def broken_promises() -> list[str]:
    """Names of the checks that find something wrong right now."""
    broken = []
    with connection.cursor() as cursor:
        for check in CHECKS:
            cursor.execute(check.sql)
            if cursor.fetchone() is not None:
                broken.append(check.name)
    return broken
