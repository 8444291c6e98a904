"""Bring in many places of one source at once: each becomes a property, its one unit, and a listing of it.

For places that are let as a whole and by the night, which is what public listing files hold. Everything is
checked by the database as it is for a single place; nothing is left when one row is refused.
"""

from base64 import b32encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from hashlib import blake2s
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify

from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.copying import checked_at_once, copy_pairs, copy_rows, refresh_statistics
from freehold.core.errors import BadInput
from freehold.core.ids import uuid7
from freehold.properties.models import (
    Amenity,
    Category,
    Listing,
    Picture,
    Property,
    PropertyAmenity,
    PropertyPicture,
    Unit,
)

IMPORTED_TABLES = (Property, Unit, Listing, PropertyAmenity, PropertyPicture)
_TITLE_IN_SLUG = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceToImport:
    """One place as facts. `category` is a slug, `amenities` are codes, `gallery` is (picture path, alt text)
    in display order. (`external_source`, `external_id`) is what the source calls it; `slug_mark` tells its address from
    that of the same place in another company. Unpublished, the place and its listing are drafts.
    """

    company_id: UUID
    external_source: str
    external_id: str
    category: str
    title: str
    description: str
    neighbourhood: str
    city: str
    region: str
    country: str
    latitude: Decimal
    longitude: Decimal
    time_zone: str
    check_in_time: time
    check_out_time: time
    host_name: str
    rating: Decimal | None
    review_count: int
    max_guests: int
    bedrooms: int
    beds: int
    bathrooms: Decimal
    currency: str
    min_nights: int
    max_nights: int
    booking_window_days: int = 540
    payment_terms: Listing.PaymentTerms = Listing.PaymentTerms.ONLINE
    amenities: Sequence[str] = ()
    gallery: Sequence[tuple[str, str]] = ()
    postal_code: str = ""
    mode: Listing.Mode = Listing.Mode.STAY
    slug_mark: str = ""
    is_published: bool = True


@dataclass(frozen=True, slots=True)
class ImportedPlace:
    """What became of a place."""

    external_id: str
    company_id: UUID
    property_id: UUID
    unit_id: UUID
    listing_id: UUID


def import_properties(
    *,
    actor: Actor,
    places: Iterable[PlaceToImport],
    analyse: bool = True,
    before_listings: Callable[[Sequence[ImportedPlace]], None] | None = None,
) -> list[ImportedPlace]:
    """Makes every place, in order. Needs `properties.edit` in each company.

    Raises BadInput for a category, amenity or picture that is not known. A place whose external id the
    company already has violates a constraint: imports that may repeat look first. Without `analyse` the planner hears
    of the rows later: who imports in many portions tells it once.

    `before_listings` hears what is being made when all but the listings are there. What belongs to a listing is written
    best then: search follows every row of a listing that exists, and has this one to look at once only.
    """
    chosen = list(places)
    for company_id in {place.company_id for place in chosen}:
        require(actor=actor, permission="properties.edit", company_id=company_id)
    categories, amenities, pictures = _known_words(chosen)
    now = clock.now()
    imported = [ImportedPlace(place.external_id, place.company_id, uuid7(), uuid7(), uuid7()) for place in chosen]
    pairs = list(zip(chosen, imported, strict=True))
    with transaction.atomic():
        with checked_at_once():
            copy_rows(Property, _PROPERTY, (_property_row(place, made, categories, now) for place, made in pairs))
            copy_rows(Unit, _UNIT, (_unit_row(place, made, now) for place, made in pairs))
            copy_pairs(
                PropertyAmenity,
                ("property_id", "amenity_id"),
                ((made.property_id, amenities[code]) for place, made in pairs for code in place.amenities),
            )
            copy_rows(
                PropertyPicture,
                ("property_id", "picture_id", "alt", "position"),
                _gallery_rows(pairs, pictures),
            )
        if before_listings is not None:
            before_listings(imported)
        copy_rows(Listing, _LISTING, (_listing_row(place, made, now) for place, made in pairs))
        if analyse:
            refresh_statistics(*IMPORTED_TABLES)
    return imported


def _known_words(places: Sequence[PlaceToImport]) -> tuple[dict[str, UUID], dict[str, UUID], dict[str, UUID]]:
    categories = dict(Category.objects.values_list("slug", "pk"))
    amenities = dict(Amenity.objects.values_list("code", "pk"))
    paths = {path for place in places for path, _ in place.gallery}
    pictures = dict(Picture.objects.filter(path__in=paths).values_list("path", "pk"))
    unknown = {place.category for place in places} - categories.keys()
    unknown |= {code for place in places for code in place.amenities} - amenities.keys()
    unknown |= paths - pictures.keys()
    if unknown:
        raise BadInput(f"Not known here: {', '.join(sorted(unknown))}.")
    return categories, amenities, pictures


def _slug(place: PlaceToImport) -> str:
    """The title, and a mark of its own that stays when the place is imported again elsewhere."""
    digest = blake2s(f"{place.slug_mark}{place.external_source}/{place.external_id}".encode(), digest_size=5).digest()
    words = slugify(place.title)[:_TITLE_IN_SLUG].strip("-")
    return f"{words}-{b32encode(digest).decode().lower()}".lstrip("-")


_PROPERTY = (
    *("id", "created_at", "updated_at", "company_id", "category_id", "title", "slug", "description", "status"),
    *("street", "neighbourhood", "city", "region", "postal_code", "country", "latitude", "longitude", "time_zone"),
    *("check_in_time", "check_out_time", "host_name", "rating", "review_count", "external_source", "external_id"),
)


def _property_row(
    place: PlaceToImport, made: ImportedPlace, categories: Mapping[str, UUID], now: datetime
) -> tuple[object, ...]:
    return (
        *(made.property_id, now, now, place.company_id, categories[place.category], place.title, _slug(place)),
        *(place.description, _property_status(place), "", place.neighbourhood, place.city, place.region),
        *(place.postal_code, place.country, place.latitude, place.longitude, place.time_zone, place.check_in_time),
        *(place.check_out_time, place.host_name, place.rating, place.review_count),
        *(place.external_source, place.external_id),
    )


_UNIT = (
    *("id", "created_at", "updated_at", "company_id", "property_id", "unit_type_id", "name", "kind", "is_active"),
    *("max_guests", "bedrooms", "beds", "bathrooms"),
)


def _unit_row(place: PlaceToImport, made: ImportedPlace, now: datetime) -> tuple[object, ...]:
    return (
        *(made.unit_id, now, now, place.company_id, made.property_id, None, "Whole place", Unit.Kind.LEAF.value, True),
        *(place.max_guests, place.bedrooms, place.beds, place.bathrooms),
    )


_LISTING = (
    *("id", "created_at", "updated_at", "company_id", "property_id", "unit_type_id", "unit_id", "mode", "status"),
    *("title", "slug", "currency", "payment_terms", "max_guests", "min_nights", "max_nights", "lead_time_hours"),
    "booking_window_days",
)


def _listing_row(place: PlaceToImport, made: ImportedPlace, now: datetime) -> tuple[object, ...]:
    return (
        *(made.listing_id, now, now, place.company_id, made.property_id, None, made.unit_id),
        *(place.mode.value, _listing_status(place), place.title, _slug(place), place.currency),
        *(place.payment_terms.value, place.max_guests, place.min_nights, place.max_nights, 0),
        place.booking_window_days,
    )


def _property_status(place: PlaceToImport) -> str:
    return Property.Status.PUBLISHED.value if place.is_published else Property.Status.DRAFT.value


def _listing_status(place: PlaceToImport) -> str:
    return Listing.Status.PUBLISHED.value if place.is_published else Listing.Status.DRAFT.value


def _gallery_rows(
    pairs: Iterable[tuple[PlaceToImport, ImportedPlace]], pictures: Mapping[str, UUID]
) -> Iterator[tuple[object, ...]]:
    for place, made in pairs:
        for position, (path, alt) in enumerate(place.gallery):
            yield made.property_id, pictures[path], alt, position
