"""A listing's columns as the pure rules want them."""

from datetime import timedelta

from freehold.domain.listing_rules import StayRules
from freehold.domain.occasions import Nights, Slot, When
from freehold.domain.periods import MAX_NIGHTS, Period, local_instant
from freehold.properties.models import Listing


def stay_rules(listing: Listing) -> StayRules:
    """Which stays the listing accepts; reads `listing.property`.

    A year is the longest stay there is: a longer minimum or maximum means a year.
    """
    return StayRules(
        capacity=listing.max_guests,
        min_nights=min(listing.min_nights, MAX_NIGHTS),
        max_nights=min(listing.max_nights, MAX_NIGHTS),
        booking_window_days=listing.booking_window_days,
        lead_time_hours=listing.lead_time_hours,
        check_in_time=listing.property.check_in_time,
        time_zone=listing.property.time_zone,
    )


def taken_period(listing: Listing, when: When, period: Period) -> Period:
    """The period with what must stay empty around it: days of turnover after a stay, buffers around a slot.

    Reads `listing.property`, and for a slot `listing.slot_rules`.
    """
    match when:
        case Nights(_, check_out) if listing.turnover_days:
            place = listing.property
            last = check_out + timedelta(days=listing.turnover_days)
            return Period(period.start, local_instant(last, place.check_out_time, place.time_zone))
        case Slot():
            rules = listing.slot_rules
            return Period(
                period.start - timedelta(minutes=rules.buffer_before_minutes),
                period.end + timedelta(minutes=rules.buffer_after_minutes),
            )
    return period
