"""The audit trail: every insert, update and delete of an audited model, written by database triggers.

Triggers see what no ORM hook sees: queryset updates, bulk inserts and plain SQL. Who and why come from the
request or the job as pghistory's context.
"""

from typing import Any, TypeVar

import pghistory
from django.db import models

M = TypeVar("M", bound=type[models.Model])


def audited[M: type[models.Model]](model: M) -> M:
    """Class decorator: keeps `<Model>History` rows, reachable as `instance.history`."""
    options: dict[str, Any] = {
        "model_name": f"{model.__name__}History",
        "obj_field": pghistory.ObjForeignKey(related_name="history"),
    }
    tracked: M = pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), **options)(
        model
    )
    return tracked
