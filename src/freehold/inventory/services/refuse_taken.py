"""Turn away at once who comes too late, before they cost a price and a lock.

When many want the same nights, all but one of them lose; this look is what a loser costs.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from freehold.core import clock
from freehold.domain.listing_rules import check_stay
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from freehold.domain.periods import stay_period, time_zone
from freehold.inventory.alternatives import VIEW, nearest_free_stays
from freehold.inventory.errors import Unavailable
from freehold.inventory.occupancy import options_of
from freehold.inventory.reasons import closing_reasons
from freehold.inventory.types import Wanted
from freehold.pricing.types import ItemRequest
from freehold.properties.models import Listing
from freehold.properties.rules import stay_rules, taken_period


def refuse_taken(*, items: Iterable[ItemRequest], listings: Mapping[UUID, Listing]) -> None:
    """Raises Unavailable, with reasons and alternatives, for the first item whose space is taken as far as one sees.

    A look, not a decision: what passes is decided by the claim. Items that break a rule of their listing, and
    listings that are not among `listings` (with their property at hand), are left to whoever prices them.
    """
    for item in items:
        listing = listings.get(item.listing_id)
        if listing is not None and isinstance(item.when, Nights) and not _is_out_of_reach(item.when, listing):
            _look(item.when, item.party, listing)


def _is_out_of_reach(stay: Nights, listing: Listing) -> bool:
    """Too early or too late for anything to be taken: told without a look."""
    today = _today(listing)
    return stay.check_in < today or (stay.check_in - today).days > listing.booking_window_days


def _breaks_rules(stay: Nights, party: Party, listing: Listing) -> bool:
    rules, today = stay_rules(listing), _today(listing)
    dates = {"check_in": stay.check_in, "check_out": stay.check_out}
    return bool(check_stay(rules, **dates, party=party, today=today, now=clock.now()))


def _today(listing: Listing) -> date:
    return clock.now().astimezone(time_zone(listing.property.time_zone)).date()


def _look(stay: Nights, party: Party, listing: Listing) -> None:
    place = listing.property
    period = stay_period(stay.check_in, stay.check_out, place.check_in_time, place.check_out_time, place.time_zone)
    period = taken_period(listing, stay, period)
    options = options_of(listing_id=listing.pk, start=period.start - VIEW, end=period.end + VIEW)
    taken = [option.taken_during(period) for option in options]
    if not options or not all(taken) or _breaks_rules(stay, party, listing):
        return
    raise Unavailable(
        closing_reasons((each for option in taken for each in option), place.time_zone),
        nearest_free_stays(listing=listing, check_in=stay.check_in, check_out=stay.check_out, options=options),
        Wanted(listing.pk, stay, party),
    )
