"""A row as it was read, before anything is filled in: None is "the source does not say"."""

from dataclasses import dataclass
from decimal import Decimal

from freehold.distribution.airbnb.categories import Space


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields of a ListingRecord, with gaps."""

    source_id: str
    host_id: str
    neighbourhood: str
    latitude: Decimal
    longitude: Decimal
    category: str
    space: Space
    accommodates: int | None
    bedrooms: int | None
    beds: int | None
    bathrooms: Decimal | None
    is_bathroom_shared: bool
    price_minor: int | None
    min_nights: int
    max_nights: int | None
    rating: Decimal | None
    review_count: int
    is_instantly_bookable: bool
    amenities: tuple[str, ...]
    title: str
    description: str
