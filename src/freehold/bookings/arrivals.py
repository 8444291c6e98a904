"""Whether anybody could still arrive for what was asked for."""

from datetime import date, datetime

from freehold.bookings.models import Booking
from freehold.domain.occasions import Occasion
from freehold.domain.periods import time_zone


def is_too_late_to_arrive(*, occasion: str, check_in: date, starts_at: datetime, zone: str, at: datetime) -> bool:
    """A slot has begun, or the place's own date is past the first night. What has no end can be begun later."""
    if occasion == Occasion.SLOT:
        return starts_at <= at
    return occasion == Occasion.NIGHTS and check_in < at.astimezone(time_zone(zone)).date()


def has_missed_its_arrival(booking: Booking, *, at: datetime) -> bool:
    """Whether that is so for any item of the booking. One query."""
    return any(
        is_too_late_to_arrive(
            occasion=item.occasion,
            check_in=item.check_in,
            starts_at=item.starts_at,
            zone=item.listing.property.time_zone,
            at=at,
        )
        for item in booking.items.filter(cancelled_at=None).select_related("listing__property")
    )
