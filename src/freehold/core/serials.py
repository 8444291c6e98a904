"""Numbers that count the rows of a table, beside their ids: for programs that were written for whole numbers.

PostgreSQL gives them, from a sequence that belongs to the column, so that every way to write a row is numbered: the
ORM, bulk inserts, COPY and plain SQL. Who moves rows in from elsewhere may name the numbers that they had there, and
says so afterwards (`continue_after`).
"""

from typing import Any

from django.db import connection, migrations, models

LARGEST_SERIAL = 2**63 - 1
"""The column holds no larger one."""
BY_NUMBER = "only the number is looked up: who may see the row is asked afterwards"
"""Why a look-up by number may look at all rows."""


def sequence_of(table: str) -> str:
    """As PostgreSQL itself would name it."""
    return f"{table}_serial_seq"


def next_of(table: str) -> models.Func:
    return models.Func(models.Value(sequence_of(table)), function="nextval", output_field=models.BigIntegerField())


class SerialField(models.BigIntegerField):  # type: ignore[type-arg]
    """Unique, and given by the database. To migrations it is the field of Django that it is, with its default."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "unique": True, "editable": False})

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        if not cls._meta.abstract:
            self.db_default = next_of(cls._meta.db_table)
        super().contribute_to_class(cls, name, private_only)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.BigIntegerField", list(args), options


def numbering(app: str, model: str) -> list[Any]:
    """A migration's operations: the column, with the rows that are there numbered in the order of their making.

    Numbering is no change to them: neither the audit trail nor anything else that follows updates hears of it.
    """
    table = f"{app}_{model}"
    sequence = sequence_of(table)
    field = models.BigIntegerField(db_default=next_of(table), editable=False, unique=True)
    column = migrations.RunSQL(
        [
            f"CREATE SEQUENCE {sequence} AS bigint",
            f"ALTER TABLE {table} ADD COLUMN serial bigint",
            f"ALTER TABLE {table} DISABLE TRIGGER USER",
            f"""
                UPDATE {table} AS numbered SET serial = counted.place
                  FROM (SELECT id, row_number() OVER (ORDER BY created_at, id) AS place FROM {table}) AS counted
                 WHERE counted.id = numbered.id
            """,  # noqa: S608 - names of tables
            f"ALTER TABLE {table} ENABLE TRIGGER USER",
            f"SELECT setval('{sequence}', max(serial)) FROM {table} HAVING max(serial) IS NOT NULL",  # noqa: S608
            f"""
                ALTER TABLE {table} ALTER COLUMN serial SET DEFAULT nextval('{sequence}'),
                    ALTER COLUMN serial SET NOT NULL, ADD CONSTRAINT {table}_serial_key UNIQUE (serial)
            """,
            f"ALTER SEQUENCE {sequence} OWNED BY {table}.serial",
        ],
        f"ALTER TABLE {table} DROP COLUMN serial",
    )
    return [
        migrations.SeparateDatabaseAndState([column], [migrations.AddField(model, "serial", field)]),
    ]


def continue_after(model: type[models.Model]) -> None:
    """The next number comes after every one in use: for who has just named numbers. Holds up other inserts meanwhile.

    Call it in the transaction that wrote the rows. It never goes back.
    """
    table = model._meta.db_table
    with connection.cursor() as cursor:
        # Somebody who takes a number between the question and the answer would see it given again.
        cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(
            f"""
            SELECT setval('{sequence_of(table)}', greatest(last_value, (SELECT max(serial) FROM {table})))
              FROM {sequence_of(table)}
             WHERE EXISTS (SELECT FROM {table})
            """  # noqa: S608 - names of tables
        )


def id_of(rows: models.QuerySet[Any], serial: int) -> Any:
    """The id of the row with this number; None when no row has it, nor any row can."""
    return rows.filter(serial=serial).values_list("pk", flat=True).first()
