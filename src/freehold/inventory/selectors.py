"""Reads of the calendar. What is said here is advice: a claim decides."""

from datetime import date, timedelta
from uuid import UUID

from django.db.models import Prefetch

from freehold.core import clock
from freehold.core.errors import BadInput, NotFound
from freehold.domain.periods import time_zone
from freehold.domain.pricing import night_price
from freehold.inventory.alternatives import nearest_free_stays
from freehold.inventory.calendar import CalendarDay, ClosedNights
from freehold.inventory.nights import NightClock
from freehold.inventory.occupancy import options_of
from freehold.inventory.types import Alternative
from freehold.pricing.models import PriceOverride, RatePlan
from freehold.pricing.selectors import night_terms
from freehold.properties.models import Listing
from freehold.properties.rules import stay_rules

MAX_CALENDAR_DAYS = 550


def listing_calendar(*, listing_id: UUID, start: date, end: date) -> tuple[CalendarDay, ...]:
    """The nights in [start, end) of a published listing, at most 18 months. Four queries.

    Past nights have no price. Raises NotFound, and BadInput for a range that is empty or too long.
    """
    if not 1 <= (end - start).days <= MAX_CALENDAR_DAYS:
        raise BadInput(f"Ask for 1 to {MAX_CALENDAR_DAYS} days.", code="invalid_range", attr="to")
    overrides = PriceOverride.objects.filter(nights__overlap=(start, end))
    plan = (
        RatePlan.objects.published()
        .filter(listing_id=listing_id)
        .select_related("listing__property")
        .prefetch_related(Prefetch("overrides", queryset=overrides))
        .first()
    )
    if plan is None:
        raise NotFound("There is no such listing.")
    place, now = plan.listing.property, clock.now()
    closed = ClosedNights(
        stay_rules(plan.listing), NightClock(place.check_in_time, place.check_out_time, place.time_zone), now
    )
    first, after = closed.look_around(start, end)
    options = options_of(
        listing_id=listing_id, start=closed.clock.begin(first), end=closed.clock.end(after - timedelta(days=1))
    )
    reasons = closed.reasons(options, start, end)
    terms = night_terms(plan, start=start, end=end)
    today = now.astimezone(time_zone(place.time_zone)).date()
    days = (start + timedelta(days=index) for index in range((end - start).days))
    return tuple(
        CalendarDay(day, reasons.get(day, ()), night_price(terms, day) if day >= today else None) for day in days
    )


def nearest_free_dates(*, listing_id: UUID, check_in: date, check_out: date, limit: int = 3) -> tuple[Alternative, ...]:
    """Free stays of the same length in a published listing, nearest first, within 30 days. Two queries."""
    listing = Listing.objects.published().filter(pk=listing_id).select_related("property").first()
    if listing is None:
        raise NotFound("There is no such listing.")
    return nearest_free_stays(listing=listing, check_in=check_in, check_out=check_out, limit=limit)
