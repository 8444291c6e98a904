"""What a company sells, for its people: every listing, drafts included, narrowed down by what they ask for."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet

from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.properties.models import Listing


class Sold(StrEnum):
    """What a listing gives: one unit, any unit of a type, or all of its property."""

    UNIT = "unit"
    UNIT_TYPE = "unit_type"
    PROPERTY = "property"


_BY_KIND = {
    Sold.UNIT: Q(unit__isnull=False),
    Sold.UNIT_TYPE: Q(unit_type__isnull=False),
    Sold.PROPERTY: Q(unit__isnull=True, unit_type__isnull=True),
}


@dataclass(frozen=True, slots=True)
class WantedListings:
    """Which listings: every given condition holds."""

    property_id: UUID | None = None
    status: str = ""
    mode: str = ""
    kind: Sold | None = None
    words: str = ""


def kind_of(listing: Listing) -> Sold:
    if listing.unit_id is not None:
        return Sold.UNIT
    return Sold.PROPERTY if listing.unit_type_id is None else Sold.UNIT_TYPE


def company_listings(*, actor: Actor, company_id: UUID, wanted: WantedListings) -> QuerySet[Listing]:
    """The company's listings with their properties, newest first. Raises NotFound, AccessDenied."""
    require(actor=actor, permission="properties.view", company_id=company_id)
    found = Listing.objects.company(company_id).select_related("property")
    if wanted.property_id is not None:
        found = found.filter(property_id=wanted.property_id)
    if wanted.status:
        found = found.filter(status=wanted.status)
    if wanted.mode:
        found = found.filter(mode=wanted.mode)
    if wanted.kind is not None:
        found = found.filter(_BY_KIND[wanted.kind])
    for word in wanted.words.split():
        found = found.filter(Q(title__icontains=word) | Q(property__title__icontains=word))
    return found.order_by("-id")
