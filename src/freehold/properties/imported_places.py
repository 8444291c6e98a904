"""Places that an import made, as they are now: what a repeated import compares its file with."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Any
from uuid import UUID

from freehold.properties.models import Listing, Property, PropertyAmenity, SaleDetails, Unit

PROPERTY_FIELDS = (
    *("title", "description", "neighbourhood", "postal_code", "latitude", "longitude", "host_name", "review_count"),
)
# Of listings that are for sale.
SALE_FIELDS = (
    *("price_minor", "living_area_m2", "plot_area_m2", "year_built", "year_renovated", "condition", "grade"),
    *("has_water_view", "earlier_sales"),
)
UNIT_FIELDS = ("max_guests", "bedrooms", "beds")
LISTING_FIELDS = ("title", "max_guests", "min_nights", "max_nights")


@dataclass(frozen=True, slots=True)
class PlaceKey:
    """The three rows of one imported place."""

    property_id: UUID
    unit_id: UUID
    listing_id: UUID


@dataclass(slots=True)
class PlaceState:
    """`values` are by names such as "property.title", as JSON keeps them: decimals as texts, the category as its slug,
    amenities as sorted codes.
    """

    status: str
    currency: str
    check_in_time: time
    check_out_time: time
    time_zone: str
    values: dict[str, Any] = field(default_factory=dict)


def imported_places(*, company_id: UUID, keys: Sequence[PlaceKey]) -> dict[UUID, PlaceState]:
    """By listing. Locks the rows, units first, so that what is compared is what is overwritten."""
    units = {
        unit.pk: unit
        for unit in Unit.objects.company(company_id)
        .filter(pk__in=[key.unit_id for key in keys])
        .order_by("pk")
        .select_for_update(no_key=True)
    }
    places = {
        place.pk: place
        for place in Property.objects.company(company_id)
        .filter(pk__in=[key.property_id for key in keys])
        .select_related("category")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    }
    listings = {
        listing.pk: listing
        for listing in Listing.objects.company(company_id)
        .filter(pk__in=[key.listing_id for key in keys])
        .order_by("pk")
        .select_for_update(no_key=True)
    }
    amenities: dict[UUID, list[str]] = defaultdict(list)
    pairs = PropertyAmenity.objects.filter(property_id__in=places).values_list("property_id", "amenity__code")
    for property_id, code in pairs:
        amenities[property_id].append(code)
    sales = {sale.listing_id: sale for sale in SaleDetails.objects.filter(listing_id__in=listings)}
    return {
        key.listing_id: _state(
            places[key.property_id],
            units[key.unit_id],
            listings[key.listing_id],
            sorted(amenities[key.property_id]),
            sales.get(key.listing_id),
        )
        for key in keys
    }


def _state(place: Property, unit: Unit, listing: Listing, amenities: list[str], sale: SaleDetails | None) -> PlaceState:
    values: dict[str, Any] = {f"property.{name}": getattr(place, name) for name in PROPERTY_FIELDS}
    values |= {f"unit.{name}": getattr(unit, name) for name in UNIT_FIELDS}
    values |= {f"listing.{name}": getattr(listing, name) for name in LISTING_FIELDS}
    values |= {
        "property.category": place.category.slug,
        "property.rating": None if place.rating is None else f"{place.rating:.2f}",
        "unit.bathrooms": f"{unit.bathrooms:.1f}",
        "amenities": amenities,
    }
    if sale is not None:
        values |= {f"sale.{name}": getattr(sale, name) for name in SALE_FIELDS}
        values["sale.floors"] = None if sale.floors is None else f"{sale.floors:.1f}"
    return PlaceState(
        listing.status, listing.currency, place.check_in_time, place.check_out_time, place.time_zone, values
    )
