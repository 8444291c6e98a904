"""Reads of the calendar. What is said here is advice: a claim decides."""

from collections.abc import Collection
from datetime import date, timedelta
from itertools import repeat
from uuid import UUID

from freehold.core import clock
from freehold.core.errors import BadInput, NotFound
from freehold.domain.pricing import night_prices
from freehold.inventory.alternatives import nearest_free_stays
from freehold.inventory.calendar import CalendarDay, StayCalendar
from freehold.inventory.nights import NightClock
from freehold.inventory.occupancy import options_of
from freehold.inventory.types import Alternative
from freehold.pricing.selectors import night_terms, published_rate_plans
from freehold.properties.models import Listing
from freehold.properties.rules import stay_rules

MAX_CALENDAR_DAYS = 550


def listing_calendar(
    *, listing_id: UUID, start: date, end: date, own_claims: Collection[UUID] = frozenset()
) -> tuple[CalendarDay, ...]:
    """The days in [start, end) of a published listing, at most 18 months. Two queries.

    `own_claims` are the holds of whoever looks, which are not called somebody else's. Past nights have no price.
    Raises NotFound, and BadInput for a range that is empty or too long.
    """
    if not 1 <= (end - start).days <= MAX_CALENDAR_DAYS:
        raise BadInput(f"Ask for 1 to {MAX_CALENDAR_DAYS} days.", code="invalid_range", attr="to")
    plan = published_rate_plans(listing_ids=[listing_id], start=start, end=end).get(listing_id)
    if plan is None:
        raise NotFound("There is no such listing.")
    place, now = plan.listing.property, clock.now()
    calendar = StayCalendar(
        rules=stay_rules(plan.listing),
        clock=NightClock(place.check_in_time, place.check_out_time, place.time_zone),
        now=now,
        own_claims=own_claims,
    )
    first, after = calendar.look_around(start, end)
    options = options_of(
        listing_id=listing_id, start=calendar.clock.begin(first), end=calendar.clock.end(after - timedelta(days=1))
    )
    terms = night_terms(plan, start=start, end=end)
    over = min(max((calendar.today - start).days, 0), (end - start).days)
    prices = [*repeat(None, over), *night_prices(terms, start, end)[over:]]
    return tuple(calendar.days(options, start, end, prices))


def nearest_free_dates(*, listing_id: UUID, check_in: date, check_out: date, limit: int = 3) -> tuple[Alternative, ...]:
    """Free stays of the same length in a published listing, nearest first, within 30 days. Two queries."""
    listing = Listing.objects.published().filter(pk=listing_id).select_related("property").first()
    if listing is None:
        raise NotFound("There is no such listing.")
    return nearest_free_stays(listing=listing, check_in=check_in, check_out=check_out, limit=limit)
