"""A resort with numbered rooms, in rupees."""

from typing import Any
from uuid import UUID

from freehold.bookings.models import Booking
from freehold.inventory.models import Allocation
from freehold.properties.models import Listing, Unit
from tests.factories import ListingFactory, PictureFactory, PropertyFactory, UnitFactory, UnitTypeFactory


def resort(*, rooms: int = 3, title: str = "Dandeli Vintage Resorts", city: str = "Goa", **options: Any) -> Listing:
    """So many rooms for two, numbered A101 and so on, of one type that is sold at 7,500.00 a night. `options` go to
    ListingFactory."""
    place = PropertyFactory(
        title=title,
        city=city,
        region="Goa",
        neighbourhood="Candolim",
        country="IN",
        time_zone="Asia/Kolkata",
        pictures=[PictureFactory()],
        **{
            name.removeprefix("property__"): options.pop(name)
            for name in list(options)
            if name.startswith("property__")
        },
    )
    return more_rooms(place, rooms=rooms, **options)


def more_rooms(place: Any, *, rooms: int, first: int = 101, name: str = "Garden", **options: Any) -> Listing:
    """Rooms of another type at the same place."""
    max_guests = options.pop("max_guests", 2)
    kind = UnitTypeFactory(property=place, name=f"{name} room", max_guests=max_guests)
    for number in range(first, first + rooms):
        UnitFactory(property=place, unit_type=kind, name=f"{name[0]}{number}", max_guests=max_guests)
    defaults = {"currency": "INR", "rate_plan__base_price_minor": 750_000}
    return ListingFactory(
        company=place.company, property=place, unit=None, unit_type=kind, max_guests=max_guests, **(defaults | options)
    )


def rooms_of(listing: Listing) -> list[Unit]:
    """In the order of their numbers."""
    return list(Unit.objects.system("test").filter(unit_type_id=listing.unit_type_id).order_by("name"))


def units_taken(booking: Booking) -> set[UUID]:
    return set(Allocation.objects.filter(claim__in=booking.items.values("claim_id")).values_list("unit_id", flat=True))
