"""Hold several listings at once: all of them or none."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from freehold.core.actor import Actor
from freehold.inventory.allocations import lock_units_of_listings
from freehold.inventory.errors import Unavailable
from freehold.inventory.particular import most_particular_first
from freehold.inventory.reasons import BUSY
from freehold.inventory.services.claim_listing import claim_listing
from freehold.inventory.types import ClaimView, ListingWish


def claim_listings(*, actor: Actor, wishes: Sequence[ListingWish], ttl: timedelta) -> list[ClaimView]:
    """Holds every wish, or none; the answers are in the wishes' order. Runs inside the caller's transaction, which
    stays usable.

    Units that are certain to be taken are locked first, all together and in id order, so that two people with the
    same listings in opposite orders queue instead of dead-locking. Who holds these does not wait for units of a type:
    if somebody is in the way there, all locks are given back, and everything is locked at once, in id order again.
    The most particular wishes take their space first. Raises Unavailable for one that is taken.
    """
    if len(wishes) == 1:
        return [claim_listing(actor=actor, wish=wishes[0], ttl=ttl)]
    order = most_particular_first(wishes)
    named = [wish.unit_id for wish in wishes if wish.unit_id is not None]
    certain = [wish.listing.pk for wish in wishes if wish.unit_id is None and wish.listing.unit_type_id is None]
    for listings in (certain, [wish.listing.pk for wish in wishes if wish.unit_id is None]):
        try:
            with transaction.atomic():
                lock_units_of_listings(listings, and_units=named)
                claims = {
                    place: claim_listing(actor=actor, wish=wishes[place], ttl=ttl, may_wait=False) for place in order
                }
                return [claims[place] for place in range(len(wishes))]
        except Unavailable as refusal:
            if BUSY not in refusal.reasons:
                raise
    raise Unavailable([BUSY])
