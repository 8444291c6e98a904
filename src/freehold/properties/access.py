"""From an id to a row that the actor may change, with the permission that most changes of places need."""

from uuid import UUID

from freehold.companies.access import find_permitted
from freehold.core.actor import Actor
from freehold.core.models import TenantModel


def permitted[M: TenantModel](
    *, actor: Actor, model: type[M], pk: UUID | str, permission: str = "properties.edit", lock: bool = False
) -> M:
    """The row, if the actor's role in its company includes the permission. Raises NotFound and AccessDenied.

    With `lock` the row stays locked until the transaction ends.
    """
    return find_permitted(actor=actor, model=model, pk=pk, permission=permission, lock=lock)
