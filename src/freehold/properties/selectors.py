"""Reads of places and listings. What is published is anybody's to see; drafts are their company's."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Avg, Exists, Max, OuterRef, Prefetch, Q, QuerySet
from django.templatetags.static import static

from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, NotFound
from freehold.core.serials import BY_NUMBER, id_of
from freehold.properties.access import permitted
from freehold.properties.models import (
    Amenity,
    Category,
    Listing,
    Picture,
    Property,
    PropertyPicture,
    SlotRules,
    StayRestriction,
    Unit,
    UnitType,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a listing offers in all: of its unit, of one unit of its type, or of all units of the property."""

    max_guests: int
    bedrooms: int
    beds: int
    bathrooms: Decimal


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """About where a city is, and its time zone."""

    latitude: float
    longitude: float
    time_zone: str


def category_id_of(serial: int) -> UUID | None:
    return id_of(Category.objects.all(), serial)


def property_id_of(serial: int) -> UUID | None:
    return id_of(Property.objects.system(BY_NUMBER), serial)


def listing_id_of(serial: int) -> UUID | None:
    return id_of(Listing.objects.system(BY_NUMBER), serial)


def unit_id_of(serial: int) -> UUID | None:
    return id_of(Unit.objects.system(BY_NUMBER), serial)


def unit_ids_of(serials: Collection[int]) -> dict[int, UUID]:
    """Of these numbers, those that a unit has. One query."""
    rows = Unit.objects.system(BY_NUMBER).filter(serial__in=set(serials))
    return dict(rows.values_list("serial", "pk"))


def published_listing(*, key: UUID | str) -> Listing:
    """One published listing by id or slug, with everything its page shows, in at most six queries.

    At hand: property, its category, company, amenities and gallery with pictures; unit and unit type; rate plan. And
    `has_sisters`: whether the place sells something else by the night.
    """
    sisters = Listing.objects.published().filter(property_id=OuterRef("property_id"), mode=Listing.Mode.STAY)
    listings = with_details(Listing.objects.published()).annotate(
        has_sisters=Exists(sisters.filter(~Q(pk=OuterRef("pk"))))
    )
    found = listings.filter(_key(key)).first()
    if found is None:
        raise NotFound("There is no such listing.")
    return found


def published_listing_place(*, key: UUID | str) -> Listing:
    """One published listing by id or slug with its property, and nothing else. Raises NotFound."""
    found = Listing.objects.published().select_related("property").filter(_key(key)).first()
    if found is None:
        raise NotFound("There is no such listing.")
    return found


def published_listing_id(*, key: UUID | str) -> UUID:
    """The id of a published listing by id or slug. Raises NotFound."""
    found: UUID | None = Listing.objects.published().filter(_key(key)).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound("There is no such listing.")
    return found


def _key(key: UUID | str) -> Q:
    try:
        return Q(pk=UUID(str(key)))
    except ValueError:
        return Q(slug=key)


def published_listings() -> QuerySet[Listing]:
    """All published listings as a list shows them, newest first."""
    return with_details(Listing.objects.published()).order_by("-id")


def published_listings_of(*, listing_ids: Collection[UUID]) -> dict[UUID, Listing]:
    """Those of these that are published, as a list shows them and with the units behind `facts_of`. Four queries."""
    units = Unit.objects.system("of what is published")
    listings = with_details(Listing.objects.published()).prefetch_related(Prefetch("property__units", units))
    return listings.in_bulk(list(listing_ids))


def with_details(listings: QuerySet[Listing]) -> QuerySet[Listing]:
    gallery = PropertyPicture.objects.select_related("picture").order_by("position")
    return listings.select_related("property", "property__category", "company", "unit", "unit_type").prefetch_related(
        Prefetch("property__gallery", queryset=gallery), "property__amenities"
    )


def host_properties(*, actor: Actor, company_id: UUID) -> QuerySet[Property]:
    """All properties of a company, for its people. Raises NotFound, AccessDenied."""
    require(actor=actor, permission="properties.view", company_id=company_id)
    return _for_hosts(Property.objects.company(company_id)).order_by("-id")


def host_property(*, actor: Actor, property_id: UUID) -> Property:
    """One property for its company's people, with category, amenities, gallery, units and types at hand."""
    permitted(actor=actor, model=Property, pk=property_id, permission="properties.view")
    places = _for_hosts(Property.objects.system("permitted above"))
    units = Unit.objects.system("permitted above").order_by("name").prefetch_related("unit_parts")
    types = UnitType.objects.system("permitted above").order_by("name")
    return places.prefetch_related(Prefetch("units", units), Prefetch("unit_types", types)).get(pk=property_id)


def host_unit(*, actor: Actor, unit_id: UUID) -> Unit:
    return permitted(actor=actor, model=Unit, pk=unit_id, permission="properties.view")


def host_listing(*, actor: Actor, listing_id: UUID) -> Listing:
    """One listing, published or not, for its company's people. Raises NotFound, AccessDenied."""
    return permitted(actor=actor, model=Listing, pk=listing_id, permission="properties.view")


def host_restrictions(*, actor: Actor, listing_id: UUID) -> list[StayRestriction]:
    """The listing's rules of single dates that are not over yet, in order. Raises NotFound, AccessDenied."""
    listing = host_listing(actor=actor, listing_id=listing_id)
    is_to_come = Q(dates__endswith__gt=clock.now().date() - timedelta(days=1)) | Q(dates__upper_inf=True)
    return list(listing.restrictions.filter(is_to_come).order_by("dates"))


def host_slot_rules(*, actor: Actor, listing_id: UUID) -> SlotRules | None:
    """Which slots the listing gives, if somebody has said so. Raises NotFound, AccessDenied."""
    return SlotRules.objects.filter(listing=host_listing(actor=actor, listing_id=listing_id)).first()


def _for_hosts(places: QuerySet[Property]) -> QuerySet[Property]:
    gallery = PropertyPicture.objects.select_related("picture").order_by("position")
    return places.select_related("category").prefetch_related(Prefetch("gallery", gallery), "amenities")


def facts_of(listing: Listing) -> Facts:
    """One query more only for a listing of the whole property, unless the property's units are at hand."""
    space: Any = listing.unit or listing.unit_type
    if space is not None:
        return Facts(listing.max_guests, space.bedrooms, space.beds, space.bathrooms)
    units = [unit for unit in listing.property.units.all() if unit.kind == Unit.Kind.LEAF and unit.is_active]
    return Facts(
        max_guests=listing.max_guests,
        bedrooms=sum(unit.bedrooms for unit in units),
        beds=sum(unit.beds for unit in units),
        bathrooms=sum((unit.bathrooms for unit in units), Decimal(0)),
    )


def picture_url(picture: Picture, *, width: int) -> str:
    """The address of the smallest rendition that is at least `width` pixels wide, else of the picture itself."""
    widths = sorted(int(each) for each in picture.renditions)
    fitting = next((each for each in widths if each >= width), None)
    path = picture.renditions[str(fitting)] if fitting is not None else picture.path
    return static(path) if picture.is_static else default_storage.url(path)


def whereabouts_of(*, city: str, country: str) -> Whereabouts | None:
    """Amid the published places of a city; None for a city that has none."""
    places = Property.objects.published().filter(city__iexact=city, country=country)
    found = places.aggregate(latitude=Avg("latitude"), longitude=Avg("longitude"), time_zone=Max("time_zone"))
    if found["time_zone"] is None:
        return None
    return Whereabouts(round(found["latitude"], 6), round(found["longitude"], 6), found["time_zone"])


def category_trail(*, category_id: UUID) -> list[Category]:
    """The category and its ancestors, root first, in one recursive query that no cycle can trap."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE trail(id, parent_id, depth) AS (
                SELECT c.id, c.parent_id, 0 FROM properties_category AS c WHERE c.id = %s
                 UNION ALL
                SELECT c.id, c.parent_id, t.depth + 1 FROM properties_category AS c
                  JOIN trail AS t ON c.id = t.parent_id
            ) CYCLE id SET is_cycle USING path
            SELECT id FROM trail WHERE NOT is_cycle ORDER BY depth DESC
            """,
            [category_id],
        )
        ids = [row[0] for row in cursor.fetchall()]
    found = Category.objects.in_bulk(ids)
    return [found[each] for each in ids]


def usual_category() -> str:
    """The slug of the first kind of places there is: for whoever does not say which. Raises BadInput without any."""
    first = Category.objects.filter(parent=None).order_by("position", "name").first()
    if first is None:
        raise BadInput("There is no category yet.", code="unknown_category", attr="category")
    return str(first.slug)


def category_tree() -> list[dict[str, Any]]:
    """All categories as nested dictionaries `{id, name, slug, children}`, in one query."""
    nodes: dict[UUID, dict[str, Any]] = {}
    roots: list[dict[str, Any]] = []
    categories = list(Category.objects.order_by("position", "name"))
    for category in categories:
        nodes[category.pk] = {
            "id": str(category.pk),
            "name": category.name,
            "slug": category.slug,
            "children": [],
        }
    for category in categories:
        siblings = nodes[category.parent_id]["children"] if category.parent_id in nodes else roots
        siblings.append(nodes[category.pk])
    return roots


def amenities() -> QuerySet[Amenity]:
    """The vocabulary, in the order in which it is shown."""
    return Amenity.objects.order_by("position", "name")
