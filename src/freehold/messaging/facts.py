"""What a message about a booking may say: plain values, ready to print."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_currency
from django.utils.translation import gettext

from freehold.bookings.dues import Dues, dues_of
from freehold.bookings.models import Booking, BookingItem
from freehold.core import clock
from freehold.domain.cancellation import refund_timeline_of_parts
from freehold.domain.money import Money
from freehold.domain.occasions import Occasion
from freehold.domain.periods import FOREVER
from freehold.pricing.types import PricedCart
from freehold.properties.models import Listing, Property


def money_text(money: Money, locale: str = "en_US") -> str:
    """`$540.00`, by the locale's habits; never through a float."""
    return format_currency(money.decimal(), money.currency, locale=locale)


def moment_text(moment: datetime, place: Property, locale: str = "en_US") -> str:
    """`Friday, November 27, 2026 at 3:00 PM (Boston time)`: always by the place's clock, and saying so."""
    text = format_datetime(moment, "EEEE, MMMM d, y 'at' h:mm a", tzinfo=ZoneInfo(place.time_zone), locale=locale)
    return f"{text} ({place.city} time)"


def _end_text(moment: datetime, place: Property) -> str:
    return "until cancelled" if moment >= FOREVER else moment_text(moment, place)


def _address(place: Property) -> str:
    """Where to go, as far as it is known: street, postal code, city and region."""
    town = " ".join(part for part in (place.postal_code, place.city) if part)
    region = place.region if place.region != place.city else ""
    return ", ".join(part for part in (place.street, town, region) if part)


def booking_facts(booking: Booking) -> dict[str, Any]:
    """The frozen terms of the booking and its places, as text."""
    cart, dues = PricedCart.from_json(booking.terms), dues_of(booking)
    items = list(booking.items.filter(cancelled_at=None).select_related("listing__property").order_by("position"))
    return {
        "booking": booking,
        "reference": booking.reference,
        "guest_name": booking.booker.get_short_name(),
        "company": booking.company.name,
        "stays": [
            {
                "title": item.listing.title,
                "place": ", ".join(
                    part for part in (item.listing.property.neighbourhood, item.listing.property.city) if part
                ),
                "address": _address(item.listing.property),
                **_ends_words(item),
                "arrival": moment_text(item.starts_at, item.listing.property),
                "departure": _end_text(item.ends_at, item.listing.property),
            }
            for item in items
        ],
        "lines": [{"label": line.label, "rule": line.rule, "amount": money_text(line.amount)} for line in cart.lines],
        "total": money_text(cart.total),
        "refund": money_text(Money(booking.refund_minor, booking.currency)),
        "fee": money_text(Money(booking.fee_minor, booking.currency)),
        "has_refund": booking.refund_minor > 0,
        **_due_facts(dues, items[0].listing.property),
        "steps": _refund_steps(booking, cart, dues, items[0].listing.property),
    }


def _ends_words(item: BookingItem) -> dict[str, str]:
    """What the two ends of it are called: who takes a slot or a hall neither arrives nor departs."""
    match item.occasion:
        case Occasion.NIGHTS if item.listing.mode == Listing.Mode.STAY:
            return {"begins": gettext("Arrival"), "ends": gettext("Departure")}
        case Occasion.UNTIL_CANCELLED:
            return {"begins": gettext("From"), "ends": gettext("For how long")}
    return {"begins": gettext("From"), "ends": gettext("Until")}


def _due_facts(dues: Dues, place: Property) -> dict[str, Any]:
    """What came so far, what must be paid at once, and what until when; each empty where there is nothing of it."""
    return {
        "paid": money_text(dues.paid) if dues.paid.minor else "",
        "owed_now": money_text(dues.now) if dues.now.minor else "",
        "owed_later": money_text(dues.later) if dues.later.minor else "",
        "owed_by": moment_text(dues.later_by, place) if dues.later_by is not None else "",
        "is_paid_there": dues.is_paid_there,
    }


def _refund_steps(booking: Booking, cart: PricedCart, dues: Dues, place: Property) -> list[dict[str, str]]:
    """What cancelling gives back of what was paid from now on, by the frozen terms; none where nothing was paid yet."""
    paid = dues.paid - Money(booking.kept_minor, booking.currency)
    if paid.minor <= 0:
        return []
    return [
        {"until": moment_text(step.until, place) if step.until else "", "refund": money_text(step.refund)}
        for step in refund_timeline_of_parts(cart.refund_parts(), paid=paid, as_of=clock.database_now())
    ]
