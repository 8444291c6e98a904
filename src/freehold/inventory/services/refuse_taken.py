"""Turn away at once who comes too late, before they cost a price and a lock.

When many want the same nights, all but one of them lose; this look is what a loser costs.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from freehold.core import clock
from freehold.domain.occasions import Nights, Slot, When
from freehold.domain.periods import Period, PeriodError
from freehold.domain.reasons import Reason
from freehold.domain.slots import local_day
from freehold.inventory.alternatives import VIEW, nearest_free_stays
from freehold.inventory.errors import Unavailable
from freehold.inventory.occupancy import claims_in_the_way, only_of, options_of, why_not_free
from freehold.inventory.slots import nearest_free_slots
from freehold.inventory.types import Wanted
from freehold.pricing.types import ItemRequest
from freehold.properties.models import Listing
from freehold.properties.rules import taken_period
from freehold.properties.wishes import misfit, refusals, wished_period, wished_quantity


def refuse_taken(
    *, items: Iterable[ItemRequest], listings: Mapping[UUID, Listing], own_claims: Collection[UUID] = frozenset()
) -> None:
    """Raises Unavailable, with reasons and alternatives, for the first item whose space is taken as far as one sees.

    A look, not a decision: what passes is decided by the claim. Items that break a rule of their listing, and
    listings that are not among `listings` (with their property and slot rules at hand), are left to whoever prices
    them. `own_claims` are the holds of whoever asks.
    """
    now = clock.now()
    for item in items:
        listing = listings.get(item.listing_id)
        if listing is not None and not _is_out_of_reach(item.when, listing, now):
            _look(item, listing, now, own_claims)


def _is_out_of_reach(when: When, listing: Listing, now: datetime) -> bool:
    """No way of booking this listing, or too early or too late for anything to be taken: told without a look."""
    if misfit(listing, when) is not None:
        return True
    if not isinstance(when, Nights):
        return False
    ahead = (when.check_in - local_day(now, listing.property.time_zone)).days
    return not 0 <= ahead <= listing.booking_window_days


def _look(item: ItemRequest, listing: Listing, now: datetime, own_claims: Collection[UUID]) -> None:
    when = item.when
    quantity = wished_quantity(listing, when, item.party)
    wanted = wished_period(listing, when, now=now)
    period = taken_period(listing, when, wanted)
    # Around nights everything is read at once, for the nights that could be had instead.
    seen = Period(period.start - VIEW, period.end + VIEW) if isinstance(when, Nights) else period
    options = only_of(options_of(listing_id=listing.pk, start=seen.start, end=seen.end), item.unit_id)
    zone = listing.property.time_zone
    reasons: tuple[Reason, ...] = ()
    if options:
        reasons = why_not_free(options, period, zone=zone, quantity=quantity, wanted=wanted, own_claims=own_claims)
    if not reasons or _breaks_rules(item, listing, now):
        return
    match when:
        case Nights(check_in, check_out):
            alternatives = nearest_free_stays(listing=listing, check_in=check_in, check_out=check_out, options=options)
            raise Unavailable(
                reasons, alternatives, Wanted(listing.pk, when, item.party), claims_in_the_way(options, period)
            )
        case Slot():
            raise Unavailable(reasons, nearest_free_slots(listing=listing, slot=when, quantity=quantity))
    raise Unavailable(reasons)


def _breaks_rules(item: ItemRequest, listing: Listing, now: datetime) -> bool:
    try:
        return bool(refusals(listing, item.when, item.party, now=now))
    except PeriodError:
        return True
