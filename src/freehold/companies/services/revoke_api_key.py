"""A key stops working, at the next request of whoever has it."""

from uuid import UUID

from django.db import transaction

from freehold.companies.access import find_permitted
from freehold.companies.models import ApiKey
from freehold.core.actor import Actor
from freehold.core.clock import database_now


def revoke_api_key(*, actor: Actor, key_id: UUID) -> ApiKey:
    """Revoking again changes nothing. Raises NotFound, AccessDenied."""
    actor.require_own_hand()
    with transaction.atomic():
        key = find_permitted(actor=actor, model=ApiKey, pk=key_id, permission="companies.keys", lock=True)
        if key.revoked_at is None:
            key.revoked_at = database_now()
            key.save(update_fields=["revoked_at", "updated_at"])
    return key
