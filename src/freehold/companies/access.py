"""From an id to a row that the actor may see or change. Not yours looks like not there."""

from uuid import UUID

from django.db.models import QuerySet

from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.core.models import TenantModel


def find_permitted[M: TenantModel](
    *, actor: Actor, model: type[M], pk: UUID | str, permission: str, own: bool = False, lock: bool = False
) -> M:
    """The row, if the actor's role in its company includes the permission. Raises NotFound and AccessDenied.

    With `own` a row that is the actor's own (by the model's guest scope) needs no permission. With `lock` the row
    stays locked until the transaction ends.
    """
    if own and actor.user is not None:
        mine = _first(model.objects.guest(actor.user).filter(pk=pk), lock)
        if mine is not None:
            return mine
    row = _first(model.objects.system("whose is it").filter(pk=pk), lock)
    if row is None:
        raise NotFound
    require(actor=actor, permission=permission, company_id=row.company_id)
    return row


def _first[M: TenantModel](rows: QuerySet[M], lock: bool) -> M | None:
    return (rows.select_for_update(no_key=True) if lock else rows).first()
