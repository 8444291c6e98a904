"""Turn away at once who comes too late, before they cost a price and a lock.

When many want the same nights, all but one of them lose; this look is what a loser costs.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from freehold.core import clock
from freehold.domain.listing_rules import check_stay
from freehold.domain.periods import stay_period, time_zone
from freehold.inventory.alternatives import VIEW, nearest_free_stays
from freehold.inventory.errors import Unavailable
from freehold.inventory.occupancy import options_of
from freehold.inventory.reasons import closing_reasons
from freehold.pricing.types import ItemRequest
from freehold.properties.models import Listing
from freehold.properties.rules import stay_rules


def refuse_taken(*, items: Iterable[ItemRequest], listings: Mapping[UUID, Listing]) -> None:
    """Raises Unavailable, with reasons and alternatives, for the first item whose space is taken as far as one sees.

    A look, not a decision: what passes is decided by the claim. Items that break a rule of their listing, and
    listings that are not among `listings` (with their property at hand), are left to whoever prices them.
    """
    for item in items:
        listing = listings.get(item.listing_id)
        if listing is not None and not _breaks_rules(item, listing):
            _look(item, listing)


def _breaks_rules(item: ItemRequest, listing: Listing) -> bool:
    now = clock.now()
    today = now.astimezone(time_zone(listing.property.time_zone)).date()
    rules = stay_rules(listing)
    return bool(
        check_stay(rules, check_in=item.check_in, check_out=item.check_out, party=item.party, today=today, now=now)
    )


def _look(item: ItemRequest, listing: Listing) -> None:
    place = listing.property
    period = stay_period(item.check_in, item.check_out, place.check_in_time, place.check_out_time, place.time_zone)
    options = options_of(listing_id=listing.pk, start=period.start - VIEW, end=period.end + VIEW)
    taken = [option.taken_during(period) for option in options]
    if not options or not all(taken):
        return
    raise Unavailable(
        closing_reasons((each for option in taken for each in option), place.time_zone),
        nearest_free_stays(listing=listing, check_in=item.check_in, check_out=item.check_out, options=options),
    )
