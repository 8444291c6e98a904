"""Models and plain SQL, where the ORM would spend more on composing a statement than PostgreSQL on answering it.

A model's columns are looked up once; afterwards reading an instance out of a row, or writing instances as rows, costs
what it costs to move the values. Rows come from the database with their scope already applied: whoever writes the
statement says in it on whose behalf it reads.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import orjson
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

from freehold.core.serials import SerialField


class Columns[M: models.Model]:
    """All columns of a model as `text` for a SELECT, taken from the composite value `source`, and back as instances."""

    def __init__(self, model: type[M], source: str) -> None:
        fields = model._meta.concrete_fields
        self.model = model
        self.count = len(fields)
        self.text = ", ".join(f"({source}).{field.column}" for field in fields)
        self._names = [field.attname for field in fields]
        self._converted = [
            (index, cast(Callable[..., Any], field.from_db_value))
            for index, field in enumerate(fields)
            if hasattr(field, "from_db_value")
        ]

    def instance(self, values: Sequence[Any]) -> M:
        found = list(values)
        for index, convert in self._converted:
            found[index] = convert(found[index], None, connection)
        return self.model.from_db(connection.alias, self._names, found)


def partly[M: models.Model](model: type[M], names: Sequence[str], values: Iterable[Any]) -> M:
    """An instance of which only these fields are known; asking for another one reads it."""
    return model.from_db(connection.alias, names, list(values))


def put_at_hand(instance: models.Model, relation: str, rows: Sequence[models.Model]) -> None:
    """Lets `instance.<relation>.all()` answer these rows without asking the database, as prefetching does."""
    if not hasattr(instance, "_prefetched_objects_cache"):
        instance._prefetched_objects_cache = {}  # type: ignore[attr-defined]
    instance._prefetched_objects_cache[relation] = rows  # type: ignore[attr-defined]


def columns_of(model: type[models.Model], source: str = "") -> str:
    """The columns that this code writes, for an INSERT and its SELECT: what a later version adds gets its default."""
    prefix = f"{source}." if source else ""
    return ", ".join(f"{prefix}{field.column}" for field in _written_fields(model))


def _written_fields(model: type[models.Model]) -> list[Any]:
    """All but the number, which the database gives."""
    return [field for field in model._meta.concrete_fields if not isinstance(field, SerialField)]


def to_write(rows: Sequence[models.Model]) -> str:
    """New rows for `jsonb_populate_recordset(NULL::<table>, %s)`: one parameter, and every type as the table says.

    Name the columns (`columns_of`): the recordset has all that the table has.

    What fields set when they are saved (moments of creation) is set on the instances, too. `written` them afterwards.
    """
    return orjson.dumps(
        [{field.column: field.pre_save(row, add=True) for field in _written_fields(type(row))} for row in rows]
    ).decode()


def insert_new(rows: Sequence[models.Model]) -> set[Any]:
    """Inserts the rows of one model, leaving out those that break a unique constraint. Returns the keys of the rest."""
    if not rows:
        return set()
    fields = _written_fields(type(rows[0]))
    table, key = rows[0]._meta.db_table, rows[0]._meta.pk.column
    places = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(rows))
    values = [field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in rows for field in fields]
    with connection.cursor() as cursor:
        # Names are the model's, values are parameters.
        cursor.execute(
            f"INSERT INTO {table} ({columns_of(type(rows[0]))}) VALUES {places} ON CONFLICT DO NOTHING RETURNING {key}",  # noqa: S608
            values,
        )
        return {row[0] for row in cursor.fetchall()}


def written(*rows: models.Model) -> None:
    """From now on saving these updates their rows, and what the database gave them is read when somebody asks."""
    for row in rows:
        for field in row._meta.concrete_fields:
            if isinstance(row.__dict__.get(field.attname), DatabaseDefault):
                del row.__dict__[field.attname]
        row._state.adding = False
        row._state.db = connection.alias
