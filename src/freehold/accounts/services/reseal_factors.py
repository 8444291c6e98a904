"""After the encryption key has changed: what the second factors keep is written under the new one."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied
from freehold.core.secrets import reseal

_ALONE = ("secret", "seed")
_LIST = "migrated_codes"


def reseal_factors(*, actor: Actor) -> int:
    """Rewrites every secret, one row at a time, and returns of how many rows. May be stopped and run again.

    Raises AccessDenied for anybody but the system, and UnreadableSecret when a key is missing: rows before that one
    are done.
    """
    if not actor.is_system:
        raise AccessDenied("Only an operator may do this.")
    done = 0
    for pk in list(Authenticator.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            if row is not None and _reseal(row.data):
                row.save(update_fields=["data"])
                done += 1
    return done


def _reseal(data: dict[str, str | list[str]]) -> bool:
    """Whether there was anything to rewrite. A passkey keeps no secret: its public key is public."""
    found = False
    for name, value in data.items():
        if name in _ALONE and isinstance(value, str):
            data[name] = reseal(value)
            found = True
        elif name == _LIST and isinstance(value, list):
            data[name] = [reseal(code) for code in value]
            found = True
    return found
