"""Give a hold more time, once."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.clock import database_now
from freehold.core.errors import Conflict, NotFound
from freehold.inventory.allocations import lock_units_of_claim
from freehold.inventory.errors import ClaimLapsed
from freehold.inventory.models import Claim, Purpose


def extend_claim(*, actor: Actor, claim_id: UUID, by: timedelta) -> datetime:
    """Moves the end of a hold by `by` and returns the new end.

    Runs inside the caller's transaction. Raises ClaimLapsed when its time is over, Conflict `already_extended` the
    second time, NotFound for an unknown claim.
    """
    with transaction.atomic():
        lock_units_of_claim(claim_id)
        claim = Claim.objects.system("extend a hold").filter(pk=claim_id).first()
        if claim is None:
            raise NotFound
        if claim.purpose != Purpose.HOLD or claim.expires_at is None:
            raise Conflict("This is not a hold any more.", code="not_a_hold")
        if claim.released_at is not None or claim.expires_at <= database_now():
            raise ClaimLapsed
        if claim.extensions:
            raise Conflict("A hold can be extended once, and this one was.", code="already_extended")
        claim.expires_at += by
        claim.extensions += 1
        claim.save(update_fields=["expires_at", "extensions", "updated_at"])
        claim.allocations.update(expires_at=claim.expires_at)
        return claim.expires_at
