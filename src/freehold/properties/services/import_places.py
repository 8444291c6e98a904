"""Bring in whole places at once: what they are, what they are made of, and the ways in which they are sold."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    """A unit, or a type of units. Ids in `facts` are left empty: `of_type` and `parts` are names within the place.

    `serial`: the number that a unit keeps from elsewhere (none: the next one), as for listings and places.
    """

    facts: UnitFacts
    of_type: str = ""
    parts: Sequence[str] = ()
    serial: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingToImport:
    """Of a unit or of a type, by name; of neither: of everything. `slots` are for a listing that is sold by them."""

    slug: str
    facts: ListingFacts
    unit: str = ""
    unit_type: str = ""
    slots: SlotFacts | None = None
    is_paused: bool = False
    serial: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceToImport:
    """`pictures` are (path, words) of pictures that are registered, in the order of the gallery. `external_id` is what
    the source calls it (empty: as its address)."""

    slug: str
    source: str
    facts: PlaceFacts
    types: Sequence[SpaceToImport]
    units: Sequence[SpaceToImport]
    listings: Sequence[ListingToImport]
    pictures: Sequence[tuple[str, str]] = ()
    external_id: str = ""
    serial: int | None = None


@dataclass(frozen=True, slots=True)
class MadePlaces:
    """Ids of what was made: of places and of listings by address, of units by the place's address and their name."""

    places: Mapping[str, UUID]
    units: Mapping[tuple[str, str], UUID]
    listings: Mapping[str, UUID]


type _Named = dict[tuple[UUID, str], UUID]
"""Ids by property and name."""


def import_places(*, actor: Actor, company_id: UUID, places: Sequence[PlaceToImport]) -> dict[str, UUID]:
    """Makes everything in a fixed number of statements. Returns the ids of the listings by their slug.

    Raises as `make_places` does.
    """
    return dict(make_places(actor=actor, company_id=company_id, places=places).listings)


def make_places(*, actor: Actor, company_id: UUID, places: Sequence[PlaceToImport]) -> MadePlaces:
    """The same for who goes on with the places and their units.

    For the system only: it chooses addresses and shows pictures that are known. Raises BadInput for a category,
    amenity, picture or name that does not exist.
    """
    if not actor.is_system:
        raise AccessDenied("Only the system imports places.")
    with transaction.atomic():
        rows = _make_properties(company_id, places)
        types = _make_types(rows)
        units = _make_units(rows, types)
        listings = _make_listings(rows, types, units)
    slugs = {row.pk: row.slug for row, _place in rows}
    return MadePlaces(
        {slug: place_id for place_id, slug in slugs.items()},
        {(slugs[place_id], name): unit_id for (place_id, name), unit_id in units.items()},
        listings,
    )


type _Rows = Sequence[tuple[Property, PlaceToImport]]


def _make_properties(company_id: UUID, places: Sequence[PlaceToImport]) -> _Rows:
    slugs = {place.facts.category for place in places}
    categories = _ids(Category.objects.filter(slug__in=slugs).values_list("slug", "pk"), slugs)
    made = Property.objects.bulk_create(
        Property(
            **{name: value for name, value in asdict(place.facts).items() if name not in ("category", "amenities")},
            company_id=company_id,
            category_id=categories[place.facts.category],
            slug=place.slug,
            status=Property.Status.PUBLISHED,
            external_source=place.source,
            external_id=place.external_id or place.slug,
            **_number(place.serial),
        )
        for place in places
    )
    rows = list(zip(made, places, strict=True))
    codes = {code for place in places for code in place.facts.amenities}
    amenities = _ids(Amenity.objects.filter(code__in=codes).values_list("code", "pk"), codes)
    PropertyAmenity.objects.bulk_create(
        PropertyAmenity(property=row, amenity_id=amenities[code])
        for row, place in rows
        for code in dict.fromkeys(place.facts.amenities)
    )
    paths = {path for place in places for path, _ in place.pictures}
    pictures = _ids(Picture.objects.filter(path__in=paths).values_list("path", "pk"), paths)
    PropertyPicture.objects.bulk_create(
        PropertyPicture(property=row, picture_id=pictures[path], alt=alt, position=position)
        for row, place in rows
        for position, (path, alt) in enumerate(place.pictures)
    )
    return rows


def _make_types(rows: _Rows) -> _Named:
    made = UnitType.objects.bulk_create(
        UnitType(company_id=row.company_id, property=row, description=space.facts.description, **_space(space.facts))
        for row, place in rows
        for space in place.types
    )
    return {(unit_type.property_id, unit_type.name): unit_type.pk for unit_type in made}


def _make_units(rows: _Rows, types: _Named) -> _Named:
    made = Unit.objects.bulk_create(
        Unit(
            company_id=row.company_id,
            property=row,
            kind=Unit.Kind.COMPOSITE if space.parts else Unit.Kind.LEAF,
            unit_type_id=_named(types, row, space.of_type),
            is_active=space.facts.is_active,
            **_space(space.facts),
            **_number(space.serial),
        )
        for row, place in rows
        for space in place.units
    )
    units = {(unit.property_id, unit.name): unit.pk for unit in made}
    UnitPart.objects.bulk_create(_parts(rows, units))
    return units


def _parts(rows: _Rows, units: _Named) -> Iterator[UnitPart]:
    for row, place in rows:
        for space in place.units:
            for part in space.parts:
                yield UnitPart(composite_id=units[row.pk, space.facts.name], part_id=_of(units, row, part))


def _make_listings(rows: _Rows, types: _Named, units: _Named) -> dict[str, UUID]:
    made = Listing.objects.bulk_create(
        Listing(
            company_id=row.company_id,
            property=row,
            slug=each.slug,
            status=Listing.Status.PAUSED if each.is_paused else Listing.Status.PUBLISHED,
            **{
                **asdict(each.facts),
                "unit_id": _named(units, row, each.unit),
                "unit_type_id": _named(types, row, each.unit_type),
            },
            **_number(each.serial),
        )
        for row, place in rows
        for each in place.listings
    )
    ids = {listing.slug: listing.pk for listing in made}
    SlotRules.objects.bulk_create(
        SlotRules(listing_id=ids[each.slug], **asdict(each.slots))
        for _row, place in rows
        for each in place.listings
        if each.slots is not None
    )
    return ids


def _space(facts: UnitFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in ("name", "max_guests", "bedrooms", "beds", "bathrooms")}


def _number(serial: int | None) -> dict[str, Any]:
    """The database gives one where none is named."""
    return {} if serial is None else {"serial": serial}


def _named(ids: Mapping[tuple[UUID, str], UUID], row: Property, name: str) -> UUID | None:
    return _of(ids, row, name) if name else None


def _of(ids: Mapping[tuple[UUID, str], UUID], row: Property, name: str) -> UUID:
    """Raises BadInput for a name that the place does not have."""
    if (row.pk, name) not in ids:
        raise _unknown([name])
    return ids[row.pk, name]


def _ids(rows: Iterable[tuple[str, UUID]], wanted: set[str]) -> dict[str, UUID]:
    """Raises BadInput when one of those that are wanted is not there."""
    found = dict(rows)
    if missing := sorted(wanted - found.keys()):
        raise _unknown(missing)
    return found


def _unknown(names: Sequence[str]) -> BadInput:
    return BadInput(f"Not known here: {', '.join(names)}.", code="unknown_name")
