"""Everything that can be had for some nights, page by page and whatever its currency; the newest first.

The search ranks, narrows and prices in one currency. This is the plain list: how many there are, and one page of them.
What is said here is advice, as everywhere in this room: a claim decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from freehold.core import clock
from freehold.core.errors import NotFound
from freehold.domain.money import Money
from freehold.inventory.search.availability import HELD, IS_FREE, RULES
from freehold.inventory.search.moments import moment_parameters, moments_of_stay
from freehold.inventory.search.prepared import fetch_prepared
from freehold.inventory.search.query import SearchQuery
from freehold.pricing.selectors import published_rate_plans
from freehold.properties.models import Listing
from freehold.properties.selectors import Facts, facts_of, published_listings_of

_PAGE = """
    WITH {steps} found AS MATERIALIZED (SELECT e.listing_id FROM inventory_searchentry AS e WHERE {conditions})
    SELECT (SELECT count(*) FROM found),
           ARRAY(SELECT listing_id FROM found ORDER BY listing_id DESC
                  LIMIT %(limit)s::bigint OFFSET %(offset)s::bigint)
"""


@dataclass(frozen=True, slots=True)
class StayOffer:
    """A listing that is let by the night, with its place, gallery and amenities at hand. `nightly` is what a night
    costs usually: seasons, weekdays, fees and taxes are for a quote to say."""

    listing: Listing
    facts: Facts
    nightly: Money


@dataclass(frozen=True, slots=True)
class StayPage:
    """`count` is of all pages."""

    count: int
    offers: Sequence[StayOffer]


def free_stays(*, check_in: date | None, check_out: date | None, offset: int, limit: int) -> StayPage:
    """What is published and let by the night; with dates, what is free for all of these nights and accepts them.

    Seven queries, however many there are. Raises BadInput for one date alone, and for dates that make no stay.
    """
    query = SearchQuery(check_in=check_in, check_out=check_out)
    count, ids = _free(query, offset, limit)
    return StayPage(count, _offers(ids))


def stay_offer(*, listing_id: UUID) -> StayOffer:
    """One of them, free or not. Raises NotFound."""
    offers = _offers([listing_id])
    if not offers:
        raise NotFound("There is no such listing.")
    return offers[0]


def _free(query: SearchQuery, offset: int, limit: int) -> tuple[int, list[UUID]]:
    conditions, steps, parameters = ["e.mode = 'stay'"], "", {}
    if query.check_in is not None and query.check_out is not None:
        moments = moments_of_stay(query.check_in, query.check_out)
        if not moments:
            return 0, []
        conditions += [*RULES, IS_FREE]
        steps = f"{HELD},"
        parameters = {**moment_parameters(query, moments), "now": clock.now()}
    statement = _PAGE.format(steps=steps, conditions=" AND ".join(conditions))
    ((count, ids),) = fetch_prepared(statement, {**parameters, "limit": limit, "offset": offset})
    return count, ids


def _offers(listing_ids: Sequence[UUID]) -> list[StayOffer]:
    """In the given order. What has no price, or is not let by the night, is left out."""
    listings = published_listings_of(listing_ids=listing_ids)
    today = clock.now().date()
    plans = published_rate_plans(listing_ids=listing_ids, start=today, end=today + timedelta(days=1))
    return [
        StayOffer(listing, facts_of(listing), Money(plan.base_price_minor, plan.currency))
        for listing_id in listing_ids
        if (listing := listings.get(listing_id)) is not None
        and listing.mode == Listing.Mode.STAY
        and (plan := plans.get(listing_id)) is not None
    ]
