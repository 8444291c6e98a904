"""Bring in a whole place at once: what it is, what it is made of, and the ways in which it is sold."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput
from freehold.properties.models import (
    Amenity,
    Category,
    Listing,
    Picture,
    Property,
    PropertyAmenity,
    PropertyPicture,
    SlotRules,
    Unit,
    UnitPart,
    UnitType,
)
from freehold.properties.services.set_slot_rules import SlotFacts
from freehold.properties.types import ListingFacts, PlaceFacts, UnitFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceToImport:
    """A unit, or a type of units. Ids in `facts` are left empty: `of_type` and `parts` are names within the place."""

    facts: UnitFacts
    of_type: str = ""
    parts: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingToImport:
    """Of a unit or of a type, by name; of neither: of everything. `slots` are for a listing that is sold by them."""

    slug: str
    facts: ListingFacts
    unit: str = ""
    unit_type: str = ""
    slots: SlotFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceToImport:
    """`pictures` are (path, words) of pictures that are registered, in the order of the gallery."""

    slug: str
    source: str
    facts: PlaceFacts
    types: Sequence[SpaceToImport]
    units: Sequence[SpaceToImport]
    listings: Sequence[ListingToImport]
    pictures: Sequence[tuple[str, str]] = ()


def import_place(*, actor: Actor, company_id: UUID, place: PlaceToImport) -> dict[str, UUID]:
    """Makes everything, published, in a fixed number of statements. Returns the ids of the listings by their slug.

    For the system only: it chooses addresses and shows pictures that are known. Raises BadInput for a category,
    amenity, picture or name that does not exist.
    """
    if not actor.is_system:
        raise AccessDenied("Only the system imports places.")
    with transaction.atomic():
        row = _make_property(company_id, place)
        types = _make_types(row, place.types)
        units = _make_units(row, place.units, types)
        return _make_listings(row, place.listings, types, units)


def _make_property(company_id: UUID, place: PlaceToImport) -> Property:
    values = asdict(place.facts)
    category, codes = values.pop("category"), values.pop("amenities")
    row = Property.objects.create(
        **values,
        company_id=company_id,
        category_id=_ids(Category.objects.filter(slug=category).values_list("slug", "pk"), [category])[category],
        slug=place.slug,
        status=Property.Status.PUBLISHED,
        external_source=place.source,
        external_id=place.slug,
    )
    amenities = _ids(Amenity.objects.filter(code__in=codes).values_list("code", "pk"), codes)
    PropertyAmenity.objects.bulk_create(PropertyAmenity(property=row, amenity_id=amenities[code]) for code in amenities)
    paths = [path for path, _ in place.pictures]
    pictures = _ids(Picture.objects.filter(path__in=paths).values_list("path", "pk"), paths)
    PropertyPicture.objects.bulk_create(
        PropertyPicture(property=row, picture_id=pictures[path], alt=alt, position=position)
        for position, (path, alt) in enumerate(place.pictures)
    )
    return row


def _make_types(row: Property, spaces: Sequence[SpaceToImport]) -> dict[str, UUID]:
    made = UnitType.objects.bulk_create(
        UnitType(company_id=row.company_id, property=row, description=space.facts.description, **_space(space.facts))
        for space in spaces
    )
    return {unit_type.name: unit_type.pk for unit_type in made}


def _make_units(row: Property, spaces: Sequence[SpaceToImport], types: Mapping[str, UUID]) -> dict[str, UUID]:
    made = Unit.objects.bulk_create(
        Unit(
            company_id=row.company_id,
            property=row,
            kind=Unit.Kind.COMPOSITE if space.parts else Unit.Kind.LEAF,
            unit_type_id=_named(types, space.of_type),
            is_active=space.facts.is_active,
            **_space(space.facts),
        )
        for space in spaces
    )
    units = {unit.name: unit.pk for unit in made}
    parts = _ids(units.items(), [part for space in spaces for part in space.parts])
    UnitPart.objects.bulk_create(
        UnitPart(composite_id=units[space.facts.name], part_id=parts[part]) for space in spaces for part in space.parts
    )
    return units


def _make_listings(
    row: Property, listings: Sequence[ListingToImport], types: Mapping[str, UUID], units: Mapping[str, UUID]
) -> dict[str, UUID]:
    made = Listing.objects.bulk_create(
        Listing(
            company_id=row.company_id,
            property=row,
            slug=each.slug,
            status=Listing.Status.PUBLISHED,
            **{
                **asdict(each.facts),
                "unit_id": _named(units, each.unit),
                "unit_type_id": _named(types, each.unit_type),
            },
        )
        for each in listings
    )
    ids = {listing.slug: listing.pk for listing in made}
    SlotRules.objects.bulk_create(
        SlotRules(listing_id=ids[each.slug], **asdict(each.slots)) for each in listings if each.slots is not None
    )
    return ids


def _space(facts: UnitFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in ("name", "max_guests", "bedrooms", "beds", "bathrooms")}


def _named(ids: Mapping[str, UUID], name: str) -> UUID | None:
    return _ids(ids.items(), [name])[name] if name else None


def _ids(rows: Any, wanted: Sequence[str]) -> dict[str, UUID]:
    """Raises BadInput when one of those that are wanted is not there."""
    found = dict(rows)
    if missing := sorted(set(wanted) - found.keys()):
        raise BadInput(f"Not known here: {', '.join(missing)}.", code="unknown_name")
    return found
