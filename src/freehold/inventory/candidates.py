"""What a place is compared with: the nearest published places of its family of categories, in one query."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from freehold.domain.money import Money
from freehold.domain.periods import MAX_NIGHTS
from freehold.domain.similarity import EARTH_RADIUS_KM, Profile
from freehold.inventory.occupancy import ALIVE
from freehold.properties.models import Listing
from freehold.properties.tree import CategoryTree

MAX_DISTANCE_KM = 50.0
MOST_COMPARED = 60
MOST_LOOKED_AT = 600
"""Of a crowded city on a popular night: so many of the nearest are asked whether they are free."""
_KM_PER_DEGREE = math.pi * EARTH_RADIUS_KM / 180


@dataclass(frozen=True, slots=True)
class Candidate:
    """A priced listing, as far as it is compared and shown."""

    listing_id: UUID
    property_id: UUID
    slug: str
    title: str
    category: str
    category_name: str
    city: str
    neighbourhood: str
    rating: Decimal | None
    review_count: int
    bedrooms: int
    beds: int
    profile: Profile

    @property
    def nightly(self) -> Money:
        return Money(self.profile.price_minor, self.profile.currency)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The place itself, what its amenities are called, and what it is compared with."""

    anchor: Candidate
    amenity_names: Mapping[str, str]
    others: tuple[Candidate, ...]


def _of_what_is_sold(column: str) -> str:
    """Of a unit, of any unit of a type, or of all units of the property together."""
    return f"""coalesce(u.{column}, ut.{column}, (
        SELECT sum(o.{column})::int FROM properties_unit AS o
         WHERE o.property_id = p.id AND o.kind = 'leaf' AND o.is_active), 0)"""  # noqa: S608 - constants


_SOLD = """
    properties_property AS p
    JOIN properties_listing AS l ON l.property_id = p.id
    JOIN companies_company AS c ON c.id = l.company_id
    JOIN pricing_rateplan AS r ON r.listing_id = l.id
"""
_PUBLISHED = "l.status = 'published' AND p.status = 'published' AND c.is_active"

# The stay at each place, as near as SQL knows it: what is chosen by it is looked at again, clock changes and all.
_STAY = """tstzrange((%(check_in)s::date + p.check_in_time) AT TIME ZONE p.time_zone,
                      (%(check_out)s::date + p.check_out_time) AT TIME ZONE p.time_zone)"""

# Not an anti-join: one probe per candidate, in their order, until there are enough. Only a listing of one unit can be
# told so cheaply; for any other the range is asked of no unit.
_FREE = f"""(EXISTS (
    SELECT FROM inventory_allocation AS allocation
     WHERE allocation.unit_id = pool.unit_id AND allocation.period && pool.stay AND {ALIVE})) IS NOT TRUE
"""

# The search grows outwards along the GiST index until it has enough, or has seen enough; a rare family the planner may
# gather by its categories instead. With dates the box keeps it on the index: it thinks too little of the other
# conditions to look at one place after the other. Degrees are no kilometres: this chooses whom to compare, the
# distances are worked out afterwards. Beside the date line the world is looked at twice.
_NEAREST = """
    nearest AS (
        SELECT found.id
          FROM unnest(%(longitudes)s::float8[]) AS centre (longitude)
         CROSS JOIN LATERAL (
            SELECT pool.id, pool.away FROM (
                SELECT l.id, l.unit_id, {stay} AS stay,
                       point(p.longitude, p.latitude) <-> point(centre.longitude, %(latitude)s) AS away
                  FROM {sold}
                 WHERE {published} AND l.mode = %(mode)s AND l.id <> %(listing)s AND l.max_guests >= %(guests)s
                   AND p.category_id = ANY (%(family)s::uuid[])
                   AND {fits}
                 ORDER BY away LIMIT {pool}
            ) AS pool
             WHERE {free} ORDER BY pool.away LIMIT {most}
         ) AS found
         ORDER BY found.away LIMIT {most}
    )
"""
_ANY_TIME = _NEAREST.format(
    sold=_SOLD, published=_PUBLISHED, stay="NULL", fits="true", free="true", pool=MOST_COMPARED, most=MOST_COMPARED
)
_THEN = _NEAREST.format(
    sold=_SOLD,
    published=_PUBLISHED,
    stay=_STAY,
    fits=f"""%(nights)s BETWEEN least(l.min_nights, {MAX_NIGHTS}) AND least(l.max_nights, {MAX_NIGHTS})
                   AND point(p.longitude, p.latitude)
                       <@ box(point(centre.longitude - %(width)s, %(latitude)s - %(height)s),
                              point(centre.longitude + %(width)s, %(latitude)s + %(height)s))""",
    free=_FREE,
    pool=MOST_LOOKED_AT,
    most=MOST_COMPARED,
)

_CANDIDATES = f"""
    SELECT l.id, p.id, l.slug, l.title, cat.slug, cat.name, p.city, p.neighbourhood, p.rating, p.review_count,
           {_of_what_is_sold("bedrooms")}, {_of_what_is_sold("beds")},
           p.category_id, p.latitude, p.longitude, r.base_price_minor, r.currency, l.max_guests,
           ARRAY(SELECT am.code FROM properties_propertyamenity AS pa
                   JOIN properties_amenity AS am ON am.id = pa.amenity_id WHERE pa.property_id = p.id),
           CASE WHEN l.id = %(listing)s THEN (
               SELECT json_object_agg(am.code, am.name) FROM properties_propertyamenity AS pa
                 JOIN properties_amenity AS am ON am.id = pa.amenity_id WHERE pa.property_id = p.id) END
      FROM {_SOLD}
      JOIN properties_category AS cat ON cat.id = p.category_id
      LEFT JOIN properties_unit AS u ON u.id = l.unit_id
      LEFT JOIN properties_unittype AS ut ON ut.id = l.unit_type_id
     WHERE {_PUBLISHED} AND l.id = ANY (ARRAY(SELECT id FROM nearest) || %(listing)s::uuid)
"""  # noqa: S608 - constants


def candidates_near(
    listing: Listing, *, tree: CategoryTree, guests: int, nights: tuple[date, date] | None = None
) -> Neighbours | None:
    """Priced listings for so many guests, of the same mode and family of categories: the nearest 60, however far.

    With `nights` (arrival, departure) such as would accept the length of the stay and are not plainly taken. None for a
    listing that is not published or not priced. Reads `listing.property`. One query.
    """
    nearest = _THEN if nights else _ANY_TIME
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {nearest} {_CANDIDATES}", _parameters(listing, tree, guests, nights))
        rows = cursor.fetchall()
    found = {row[0]: (_candidate(row, tree), row[-1]) for row in rows}
    if listing.pk not in found:
        return None
    anchor, names = found.pop(listing.pk)
    return Neighbours(anchor, names or {}, tuple(candidate for candidate, _ in found.values()))


def _parameters(listing: Listing, tree: CategoryTree, guests: int, nights: tuple[date, date] | None) -> dict[str, Any]:
    check_in, check_out = nights or (None, None)
    place = listing.property
    height = MAX_DISTANCE_KM / _KM_PER_DEGREE
    width = min(180.0, height / max(math.cos(math.radians(place.latitude)), 1e-9))
    longitudes = [place.longitude]
    if abs(place.longitude) + width > 180:
        longitudes.append(place.longitude - math.copysign(360, place.longitude))
    return {
        "listing": listing.pk,
        "mode": listing.mode,
        "guests": guests,
        "family": list(tree.family(place.category_id)),
        "latitude": place.latitude,
        "longitudes": longitudes,
        "width": width,
        "height": height,
        "check_in": check_in,
        "check_out": check_out,
        "nights": (check_out - check_in).days if check_in and check_out else None,
    }


def _candidate(row: tuple[Any, ...], tree: CategoryTree) -> Candidate:
    category_id, latitude, longitude, price_minor, currency, capacity, amenities = row[12:19]
    profile = Profile(
        tree.path(category_id), latitude, longitude, price_minor, currency, frozenset(amenities), capacity
    )
    return Candidate(*row[:12], profile=profile)
