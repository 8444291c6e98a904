"""Numbers for rows that are moved in: those that they had elsewhere, as far as nobody has them here."""

from collections.abc import Sequence

from django.db import connection, models

from freehold.core.serials import sequence_of


def numbers_for(model: type[models.Model], wanted: Sequence[int | None]) -> list[int]:
    """For each the number that it wants, if no row of the model has it and none before wanted it, else a new one.

    New ones come after every number that was given or is wanted, so that the answer is the same until rows are made.
    """
    table = model._meta.db_table
    asked = [number for number in wanted if number is not None]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT serial FROM {table} WHERE serial = ANY(%s)", [asked])  # noqa: S608 - names of tables
        taken = {row[0] for row in cursor.fetchall()}
        cursor.execute(f"SELECT greatest(last_value, (SELECT max(serial) FROM {table})) FROM {sequence_of(table)}")  # noqa: S608
        (last,) = cursor.fetchone()
    following = max([last or 0, *asked]) + 1
    given = []
    for number in wanted:
        if number is None or number in taken:
            number, following = following, following + 1
        taken.add(number)
        given.append(number)
    return given


def keep_clear_of(model: type[models.Model], highest: int) -> None:
    """From now on the sequence gives higher numbers than this. At once and for everybody, whatever becomes of the
    transaction: who makes rows meanwhile does not meet the numbers that are about to be named."""
    sequence = sequence_of(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT setval('{sequence}', %s) FROM {sequence} WHERE last_value < %s",  # noqa: S608 - names of tables
            [highest, highest],
        )
