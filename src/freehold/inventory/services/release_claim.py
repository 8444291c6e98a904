"""Give space back."""

from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.clock import database_now
from freehold.inventory.allocations import lock_units_of_claim
from freehold.inventory.models import Claim


def release_claim(*, actor: Actor, claim_id: UUID) -> bool:
    """Ends the claim, whatever it is for. False when it had ended before (or never was). Safe to call again."""
    with transaction.atomic():
        lock_units_of_claim(claim_id)
        claim = Claim.objects.system("release a claim").filter(pk=claim_id, released_at=None).first()
        if claim is None:
            return False
        claim.allocations.all().delete()
        claim.released_at = database_now()
        claim.save(update_fields=["released_at", "updated_at"])
        return True
