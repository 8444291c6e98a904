"""After the encryption key has changed: the keys of gateway accounts are written under the new one."""

from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied
from freehold.core.secrets import reseal
from freehold.payments.models import GatewaySecret


def reseal_accounts(*, actor: Actor) -> int:
    """Rewrites every secret, one row at a time, and returns of how many rows. May be stopped and run again.

    Raises AccessDenied for anybody but the system, and UnreadableSecret when a key is missing.
    """
    if not actor.is_system:
        raise AccessDenied("Only an operator may do this.")
    pks = list(GatewaySecret.objects.order_by("pk").values_list("pk", flat=True))
    return sum(_reseal(pk) for pk in pks)


def _reseal(pk: UUID) -> int:
    with transaction.atomic():
        secret = GatewaySecret.objects.select_for_update().filter(pk=pk).first()
        if secret is None:
            return 0
        secret.sealed = reseal(secret.sealed)
        secret.previous = secret.previous and reseal(secret.previous)
        secret.save(update_fields=["sealed", "previous", "updated_at"])
    return 1
