"""A row as it was read, before anything is filled in: None (or an empty text) is "the source does not say"."""

from dataclasses import dataclass
from decimal import Decimal

from freehold.distribution.airbnb.categories import Space

NO_LIMIT = 0
"""`max_nights` of a source that says that there is no limit, which is not the same as saying nothing."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields of a ListingRecord, with gaps."""

    source_id: str
    host_id: str
    neighbourhood: str
    latitude: Decimal
    longitude: Decimal
    category: str | None
    space: Space | None
    accommodates: int | None
    bedrooms: int | None
    beds: int | None
    bathrooms: Decimal | None
    is_bathroom_shared: bool
    price_minor: int | None
    min_nights: int | None
    max_nights: int | None
    rating: Decimal | None
    review_count: int | None
    is_instantly_bookable: bool
    amenities: tuple[str, ...] | None
    title: str
    description: str
    host_name: str = ""
