"""A booking as an iCalendar file, so that a stay lands in the guest's own calendar."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from freehold.bookings.models import Booking
from freehold.domain.booking_states import BookingState
from freehold.domain.periods import FOREVER


def booking_calendar(booking: Booking, *, url: str, stamp: datetime) -> bytes:
    """One VEVENT per item, in the place's own time zone, with one number more for every change.

    A cancelled booking cancels the same events, and so does an item that was given up.
    """
    is_cancelled = booking.state == BookingState.CANCELLED
    changes = booking.changes.filter(applied_at__isnull=False).count()
    calendar = Calendar()
    calendar.add("prodid", "-//Freehold//Bookings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if is_cancelled else "PUBLISH")
    for item in booking.items.select_related("listing__property").order_by("position"):
        place = item.listing.property
        zone = ZoneInfo(place.time_zone)
        event = Event()
        event.add("uid", f"{item.pk}@freehold")
        is_over = is_cancelled or item.cancelled_at is not None
        event.add("sequence", changes + 1 if is_cancelled else changes)
        event.add("status", "CANCELLED" if is_over else "CONFIRMED")
        event.add("dtstamp", stamp.astimezone(UTC))
        event.add("dtstart", item.starts_at.astimezone(zone))
        # What lasts until cancelled marks its beginning: without an end an event takes no time.
        if item.ends_at < FOREVER:
            event.add("dtend", item.ends_at.astimezone(zone))
        event.add("summary", f"{place.title} ({booking.reference})")
        event.add("location", ", ".join(part for part in (place.street, place.city, place.region) if part))
        event.add("geo", (place.latitude, place.longitude))
        event.add("url", url)
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
