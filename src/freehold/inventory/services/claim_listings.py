"""Hold several listings at once: all of them or none."""

from collections.abc import Sequence
from datetime import timedelta

from freehold.core.actor import Actor
from freehold.inventory.allocations import lock_units_of_listings
from freehold.inventory.services.claim_listing import claim_listing
from freehold.inventory.types import ClaimView, ListingWish


def claim_listings(*, actor: Actor, wishes: Sequence[ListingWish], ttl: timedelta) -> list[ClaimView]:
    """Holds every wish, in the given order. Runs inside the caller's transaction, which it must roll back on error.

    Units that are certain to be taken are locked first, all together and in id order, so that two people with the
    same listings in opposite orders queue instead of dead-locking. Raises Unavailable for the first that is taken.
    """
    if len(wishes) > 1:
        lock_units_of_listings([wish.listing.pk for wish in wishes if wish.listing.unit_type_id is None])
    return [claim_listing(actor=actor, wish=wish, ttl=ttl) for wish in wishes]
