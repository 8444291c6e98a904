"""A hold begins anew: what it waits for has changed."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.clock import database_now
from freehold.core.errors import Conflict, NotFound
from freehold.inventory.allocations import lock_units_of_claim
from freehold.inventory.errors import ClaimLapsed
from freehold.inventory.models import Claim, Purpose


def renew_hold(*, actor: Actor, claim_id: UUID, ttl: timedelta) -> datetime:
    """Gives a live hold `ttl` from now, longer or shorter than it had, and returns its new end.

    That is no extension: whoever may extend a hold once still may. Runs inside the caller's transaction. Raises
    ClaimLapsed when its time is over, Conflict for what is no hold, NotFound for an unknown claim.
    """
    with transaction.atomic():
        lock_units_of_claim(claim_id)
        claim = Claim.objects.system("renew a hold").filter(pk=claim_id).first()
        if claim is None:
            raise NotFound
        if claim.purpose != Purpose.HOLD or claim.expires_at is None:
            raise Conflict("This is not a hold any more.", code="not_a_hold")
        moment = database_now()
        if claim.released_at is not None or claim.expires_at <= moment:
            raise ClaimLapsed
        claim.expires_at = moment + ttl
        claim.save(update_fields=["expires_at", "updated_at"])
        claim.allocations.update(expires_at=claim.expires_at)
        return claim.expires_at
