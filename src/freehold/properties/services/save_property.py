"""Describe a place, and describe it anew."""

from dataclasses import asdict
from uuid import UUID

from django.db import transaction

from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, ErrorItem
from freehold.properties.access import permitted
from freehold.properties.models import Amenity, Category, Property, PropertyAmenity
from freehold.properties.slugs import new_slug
from freehold.properties.types import PlaceFacts


def create_property(*, actor: Actor, company_id: UUID, facts: PlaceFacts) -> Property:
    """A draft. Needs `properties.edit`. Raises BadInput for a category or amenity that is not known."""
    require(actor=actor, permission="properties.edit", company_id=company_id)
    with transaction.atomic():
        place = Property(company_id=company_id, slug=new_slug(facts.title))
        _write(place, facts)
    return place


def update_property(*, actor: Actor, property_id: UUID, facts: PlaceFacts) -> Property:
    """Replaces what is said about the place; its address on the site stays. Raises as `create_property` does.

    Claims keep their instants: new turn-over times or another zone concern later bookings only.
    """
    with transaction.atomic():
        place = permitted(actor=actor, model=Property, pk=property_id, lock=True)
        _write(place, facts)
    return place


def facts_of_place(place: Property) -> PlaceFacts:
    """What is said about the place now: the start of a change."""
    return PlaceFacts(
        **{name: getattr(place, name) for name in _COLUMNS},
        category=place.category.slug,
        amenities=tuple(amenity.code for amenity in place.amenities.all()),
    )


_COLUMNS = tuple(name for name in PlaceFacts.__slots__ if name not in {"category", "amenities"})


def _write(place: Property, facts: PlaceFacts) -> None:
    category = Category.objects.filter(slug=facts.category).first()
    amenities = {amenity.code: amenity for amenity in Amenity.objects.filter(code__in=facts.amenities)}
    problems = [] if category else [ErrorItem("unknown_category", "There is no such category.", "category")]
    unknown = sorted(set(facts.amenities) - amenities.keys())
    if unknown:
        problems.append(ErrorItem("unknown_amenity", f"Not known here: {', '.join(unknown)}.", "amenities"))
    if problems:
        raise BadInput.of(problems)
    values = asdict(facts)
    for name in _COLUMNS:
        setattr(place, name, values[name])
    place.category = category  # type: ignore[assignment] # None was refused above
    place.save()
    PropertyAmenity.objects.filter(property=place).exclude(amenity__in=amenities.values()).delete()
    PropertyAmenity.objects.bulk_create(
        (PropertyAmenity(property=place, amenity=amenity) for amenity in amenities.values()), ignore_conflicts=True
    )
