"""Turn a hold into what it was held for."""

from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.inventory.allocations import lock_units_of_claim
from freehold.inventory.errors import ClaimLapsed
from freehold.inventory.models import Claim, Purpose


def convert_claim(*, actor: Actor, claim_id: UUID, purpose: Purpose) -> None:
    """Makes the hold last: it no longer expires. Converting to the same purpose twice changes nothing.

    A hold whose time is over can still be converted as long as its space was not given back: nobody wanted it.
    Runs inside the caller's transaction. Raises ClaimLapsed when the space is gone, NotFound for an unknown claim.
    """
    if purpose == Purpose.HOLD:
        raise ValueError("A claim is converted into something that lasts.")
    with transaction.atomic():
        lock_units_of_claim(claim_id)
        claim = Claim.objects.system("convert a hold").filter(pk=claim_id).first()
        if claim is None:
            raise NotFound
        if claim.released_at is not None:
            raise ClaimLapsed
        if claim.purpose == purpose:
            return
        if claim.purpose != Purpose.HOLD:
            raise ValueError(f"A claim for {claim.purpose} is not a hold.")
        claim.purpose = purpose
        claim.expires_at = None
        claim.save(update_fields=["purpose", "expires_at", "updated_at"])
        claim.allocations.update(expires_at=None)
