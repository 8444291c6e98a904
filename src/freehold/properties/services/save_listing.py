"""Ways of selling a place."""

from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.properties.access import permitted
from freehold.properties.models import Listing, Property, Unit, UnitType
from freehold.properties.slugs import new_slug
from freehold.properties.types import ListingFacts

_COLUMNS = tuple(name for name in ListingFacts.__slots__ if name not in {"unit_id", "unit_type_id"})


def create_listing(*, actor: Actor, property_id: UUID, facts: ListingFacts) -> Listing:
    """A draft. Needs `properties.edit`. Raises BadInput for a unit that is not the property's."""
    with transaction.atomic():
        place = permitted(actor=actor, model=Property, pk=property_id)
        listing = Listing(company_id=place.company_id, property=place, slug=new_slug(facts.title))
        _write(listing, facts)
    return listing


def update_listing(*, actor: Actor, listing_id: UUID, facts: ListingFacts) -> Listing:
    """Replaces what is said about it; its address on the site, its currency and its mode stay."""
    with transaction.atomic():
        listing = permitted(actor=actor, model=Listing, pk=listing_id, lock=True)
        if facts.currency != listing.currency:
            raise BadInput("A listing keeps its currency: make another one.", code="currency", attr="currency")
        if facts.mode != listing.mode:
            raise BadInput("A listing is sold in one way: make another one.", code="mode", attr="mode")
        _write(listing, facts)
    return listing


def facts_of_listing(listing: Listing) -> ListingFacts:
    """What is said about it now: the start of a change."""
    return ListingFacts(**{name: getattr(listing, name) for name in ListingFacts.__slots__})


def _write(listing: Listing, facts: ListingFacts) -> None:
    for model, name in ((Unit, "unit_id"), (UnitType, "unit_type_id")):
        pk = getattr(facts, name)
        if pk is not None:
            rows = model.objects.company(listing.company_id).filter(property_id=listing.property_id, pk=pk)
            if not rows.exists():
                raise BadInput("The property has no such thing.", code="unknown_object", attr=name)
        setattr(listing, name, pk)
    for name in _COLUMNS:
        setattr(listing, name, getattr(facts, name))
    listing.save()
