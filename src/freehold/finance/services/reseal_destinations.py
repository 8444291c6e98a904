"""After the encryption key has changed: where payees are paid is written under the new one."""

from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied
from freehold.core.secrets import reseal
from freehold.finance.models import PayeeDestination

REASON = "reseal destinations"


def reseal_destinations(*, actor: Actor) -> int:
    """Rewrites every place, one row at a time, and returns of how many rows. May be stopped and run again.

    Raises AccessDenied for anybody but the system, and UnreadableSecret when a key is missing.
    """
    if not actor.is_system:
        raise AccessDenied("Only an operator may do this.")
    pks = list(PayeeDestination.objects.system(REASON).order_by("pk").values_list("pk", flat=True))
    return sum(_reseal(pk) for pk in pks)


def _reseal(pk: UUID) -> int:
    with transaction.atomic():
        row = PayeeDestination.objects.system(REASON).select_for_update().get(pk=pk)
        row.sealed = reseal(row.sealed)
        row.save(update_fields=["sealed", "updated_at"])
    return 1
