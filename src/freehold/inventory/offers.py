"""What somebody is offered whose nights are taken: similar places that are free then, at a price that a crowd can pay.

When many lose the same nights at once, one of them pays for the look, outside any transaction and any lock; the others
get what it found if it is there already, and else nothing. Nobody waits for it, and nothing that goes wrong with it
changes the refusal.
"""

from typing import Any

import structlog
from django.core.cache import cache
from django.db import DatabaseError, connection

from freehold.core.errors import FreeholdError
from freehold.inventory.errors import Unavailable
from freehold.inventory.similar import similar_places
from freehold.inventory.types import Wanted
from freehold.properties.selectors import published_listing_place

log = structlog.get_logger(__name__)

MOST_OFFERED = 3
KEPT_SECONDS = 10
ONE_LOOKS_FOR_SECONDS = 5


def offer_similar(refusal: Unavailable) -> None:
    """Adds `similar` to the refusal: at most three places like what was wanted, free on those nights a moment ago.

    To be called after the transaction that was refused; inside one it does nothing.
    """
    wanted = refusal.wanted
    if wanted is None or connection.in_atomic_block:
        return
    key = _key(wanted)
    found = cache.get(key)
    if found is None and cache.add(f"{key}.looking", True, ONE_LOOKS_FOR_SECONDS):
        found = _look(wanted)
        cache.set(key, found, KEPT_SECONDS)
    refusal.add(similar=found or [])


def _key(wanted: Wanted) -> str:
    party = wanted.party.to_json() if wanted.party else {}
    ages = ",".join(str(age) for age in party.get("children", ()))
    return (
        f"inventory.offers.{wanted.listing_id}.{wanted.nights.check_in}.{wanted.nights.check_out}"
        f".{party.get('adults', '')}.{ages}"
    )


def _look(wanted: Wanted) -> list[dict[str, Any]]:
    try:
        listing = published_listing_place(key=wanted.listing_id)
        found = similar_places(
            listing,
            check_in=wanted.nights.check_in,
            check_out=wanted.nights.check_out,
            party=wanted.party,
            limit=MOST_OFFERED,
        )
    except FreeholdError:
        # Unpublished since, or not sold by the night: there is nothing to compare with.
        return []
    except DatabaseError as error:
        log.warning("offers_failed", error=type(error).__name__)
        return []
    return [place.to_json() for place in found]
