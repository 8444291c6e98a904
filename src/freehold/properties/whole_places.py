"""Places that are booked by the slot or altogether, as a list of places shows them: a place, not its listings."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from freehold.domain.money import Money
from freehold.properties.models import Category, Listing, Property, PropertyPicture, Unit
from freehold.properties.selectors import Facts, facts_of

MODES = (Listing.Mode.EXCLUSIVE, Listing.Mode.SLOT)
"""The more of a place a listing gives, the earlier it speaks for the place."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a list says of the place as a whole: the price of its first listing, and what is in it."""

    price: Money
    facts: Facts


def whole_places() -> QuerySet[Property]:
    """All published places with a price by the slot or altogether, paused listings included, newest first.

    `is_offered`: whether one of these listings is published. At hand: category, pictures, amenities, `offers`.
    """
    listings = Listing.objects.system("what the place is booked by").filter(
        mode__in=MODES, status__in=(Listing.Status.PUBLISHED, Listing.Status.PAUSED), rate_plan__isnull=False
    )
    of_place = listings.filter(property_id=OuterRef("pk"))
    gallery = PropertyPicture.objects.select_related("picture").order_by("position")
    units = Unit.objects.system("what is in the place").filter(kind=Unit.Kind.LEAF, is_active=True)
    return (
        Property.objects.published()
        .filter(Exists(of_place))
        .annotate(is_offered=Exists(of_place.filter(status=Listing.Status.PUBLISHED)))
        .select_related("category")
        .prefetch_related(
            Prefetch("gallery", gallery),
            "amenities",
            Prefetch("units", units, to_attr="rooms"),
            Prefetch("listings", listings.select_related("rate_plan", "unit", "unit_type"), to_attr="offers"),
        )
        .order_by("-id")
    )


def offer_of(place: Property) -> Offer:
    """Of a place of `whole_places`, without a query."""
    listings: list[Listing] = place.offers  # type: ignore[attr-defined]
    speaks = min(listings, key=lambda each: (each.status != Listing.Status.PUBLISHED, MODES.index(each.mode), each.pk))
    plan = speaks.rate_plan
    return Offer(Money(plan.base_price_minor, plan.currency), _facts(place, speaks))


def _facts(place: Property, listing: Listing) -> Facts:
    if listing.unit is not None or listing.unit_type is not None:
        return facts_of(listing)
    rooms: list[Unit] = place.rooms  # type: ignore[attr-defined]
    return Facts(
        listing.max_guests,
        sum(room.bedrooms for room in rooms),
        sum(room.beds for room in rooms),
        sum((room.bathrooms for room in rooms), Decimal(0)),
    )


@dataclass(frozen=True, slots=True)
class Bookable:
    """By which published listings a place is booked: by the slot, altogether, neither or both."""

    slot_id: UUID | None
    exclusive_id: UUID | None


def bookable(property_id: UUID) -> Bookable | None:
    """None for a place that nobody was shown, or that nothing of is offered this way."""
    offered = Listing.objects.published().filter(property_id=property_id, mode__in=MODES, rate_plan__isnull=False)
    found = dict(offered.order_by("-pk").values_list("mode", "pk"))
    if not found:
        return None
    return Bookable(found.get(Listing.Mode.SLOT), found.get(Listing.Mode.EXCLUSIVE))


def is_published(property_id: UUID) -> bool:
    """Whether anybody may know of the place."""
    return Property.objects.published().filter(pk=property_id).exists()


def categories() -> QuerySet[Category]:
    """All categories, each with its parent at hand."""
    return Category.objects.select_related("parent").order_by("position", "name", "pk")
