"""The telephone on which a payer is asked, as people write it where the place is."""

from freehold.accounts.phones import read_phone
from freehold.bookings.models import Booking


def country_of(booking: Booking) -> str:
    """Where its first place is, as ISO 3166 alpha-2."""
    countries = booking.items.order_by("position").values_list("listing__property__country", flat=True)
    return countries.first() or ""


def read_payers_phone(written: str, *, booking: Booking) -> str | None:
    """As E.164; None when nothing was written. Without a country code it is one of the place's country. Raises
    BadInput."""
    return read_phone(written, region=country_of(booking)).e164 if written.strip() else None
