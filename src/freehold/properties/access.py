"""From an id to a row that the actor may change. Not yours looks like not there."""

from uuid import UUID

from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.core.models import TenantModel


def permitted[M: TenantModel](
    *, actor: Actor, model: type[M], pk: UUID | str, permission: str = "properties.edit", lock: bool = False
) -> M:
    """The row, if the actor's role in its company includes the permission. Raises NotFound and AccessDenied.

    With `lock` the row stays locked until the transaction ends.
    """
    rows = model.objects.system("whose is it").filter(pk=pk)
    row = (rows.select_for_update(no_key=True) if lock else rows).first()
    if row is None:
        raise NotFound
    require(actor=actor, permission=permission, company_id=row.company_id)
    return row
