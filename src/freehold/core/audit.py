"""The audit trail: every insert, update and delete of an audited model, written by database triggers.

Triggers see what no ORM hook sees: queryset updates, bulk inserts and plain SQL. Who and why come from the
request or the job as pghistory's context.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import pghistory
from django.db import models

from freehold.core.serials import SerialField

M = TypeVar("M", bound=type[models.Model])


def audited[M: type[models.Model]](model: M) -> M:
    """Class decorator: keeps `<Model>History` rows, reachable as `instance.history`."""
    return _tracked(model, ())


def audited_without[M: type[models.Model]](*personal: str) -> Callable[[M], M]:
    """The same, without the fields that say who somebody is: what the trail never held need not be erased there."""
    return lambda model: _tracked(model, personal)


def _tracked[M: type[models.Model]](model: M, left_out: tuple[str, ...]) -> M:
    # A number that the database gives once says nothing about a change.
    numbers = [field.name for field in model._meta.concrete_fields if isinstance(field, SerialField)]
    options: dict[str, Any] = {
        "model_name": f"{model.__name__}History",
        "obj_field": pghistory.ObjForeignKey(related_name="history"),
        "exclude": [*left_out, *numbers],
    }
    tracked: M = pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), **options)(
        model
    )
    return tracked
