"""Homes for sale, as tests need them."""

from typing import Any

from freehold.properties.models import Listing, SaleDetails
from tests.factories import ListingFactory


def a_home(*, price_minor: int = 45_000_000, details: dict[str, Any] | None = None, **listing: Any) -> Listing:
    """A published listing for sale of 450,000.00 dollars, 180 m2, three bedrooms."""
    made: Listing = ListingFactory(
        **{"mode": Listing.Mode.SALE, "rate_plan": None, "unit__bedrooms": 3, "unit__bathrooms": 2, **listing}
    )
    facts = {"living_area_m2": 180, "plot_area_m2": 600, "year_built": 1955, "condition": 3, "grade": 7}
    SaleDetails.objects.create(listing=made, price_minor=price_minor, **{**facts, **(details or {})})
    return made
