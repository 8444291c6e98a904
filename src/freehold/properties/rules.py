"""A listing's columns as the pure rules want them."""

from freehold.domain.listing_rules import StayRules
from freehold.domain.periods import MAX_NIGHTS
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
