"""A booking as an iCalendar file, so that a stay lands in the guest's own calendar."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from freehold.bookings.models import Booking
from freehold.domain.booking_states import BookingState


def booking_calendar(booking: Booking, *, url: str, stamp: datetime) -> bytes:
    """One VEVENT per item, in the place's own time zone. A cancelled booking cancels the same events."""
    cancelled = booking.state == BookingState.CANCELLED
    calendar = Calendar()
    calendar.add("prodid", "-//Freehold//Bookings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    for item in booking.items.select_related("listing__property").order_by("position"):
        place = item.listing.property
        zone = ZoneInfo(place.time_zone)
        event = Event()
        event.add("uid", f"{item.pk}@freehold")
        event.add("sequence", 1 if cancelled else 0)
        event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
        event.add("dtstamp", stamp.astimezone(UTC))
        event.add("dtstart", item.starts_at.astimezone(zone))
        event.add("dtend", item.ends_at.astimezone(zone))
        event.add("summary", f"{place.title} ({booking.reference})")
        event.add("location", ", ".join(part for part in (place.street, place.city, place.region) if part))
        event.add("geo", (place.latitude, place.longitude))
        event.add("url", url)
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
