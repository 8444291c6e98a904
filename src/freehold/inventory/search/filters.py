"""What narrows a search to candidates: words, places, the map, facts.

Each text is constant; what comes from outside is a parameter.
"""

import math
from dataclasses import dataclass, field
from typing import Any

from freehold.inventory.search.query import Box, Near, SearchQuery

EARTH_RADIUS_M = 6_371_008.8
_METRES_PER_DEGREE = math.pi * EARTH_RADIUS_M / 180

# Great-circle distance in metres by the haversine formula, on the mean earth sphere.
_DISTANCE = f"""(2 * {EARTH_RADIUS_M} * asin(least(1, sqrt(
    power(sin(radians(p.latitude - %(near_lat)s) / 2), 2)
    + cos(radians(%(near_lat)s)) * cos(radians(p.latitude)) * power(sin(radians(p.longitude - %(near_lng)s) / 2), 2)))))
"""

_CATEGORY = """p.category_id IN (
    WITH RECURSIVE branch(id) AS (
        SELECT id FROM properties_category WHERE slug = %(category)s
         UNION
        SELECT k.id FROM properties_category AS k JOIN branch AS b ON k.parent_id = b.id)
    SELECT id FROM branch)
"""

_AMENITIES = """(p.id IN (
    SELECT pa.property_id FROM properties_propertyamenity AS pa JOIN properties_amenity AS am ON am.id = pa.amenity_id
     WHERE am.code = ANY(%(amenities)s::text[]) GROUP BY pa.property_id HAVING count(*) = %(amenity_count)s)) IS TRUE
"""

_WORDS = """
    lower(unaccent(concat_ws(' ', l.title, p.neighbourhood, p.city,
                             (SELECT cat.name FROM properties_category AS cat WHERE cat.id = p.category_id))))
    LIKE ALL (SELECT '%%' || lower(unaccent(word)) || '%%' FROM unnest(%(words)s::text[]) AS word)
"""


# What is sold: a unit, any unit of a type, or all units of the property together.
BEDROOMS = """coalesce(u.bedrooms, ut.bedrooms, (
    SELECT sum(o.bedrooms)::int FROM properties_unit AS o
     WHERE o.property_id = l.property_id AND o.kind = 'leaf' AND o.is_active), 0)
"""


def distance_to(near: Near | None) -> str:
    return "NULL::float8" if near is None else _DISTANCE


@dataclass(slots=True)
class Narrowing:
    """Conditions on a place and what is sold there (p, l, u, ut), and their parameters."""

    conditions: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)


def narrowing(query: SearchQuery, places: list[tuple[str, str]] | None) -> Narrowing:
    """What the query asks of a candidate."""
    narrow = Narrowing()
    _by_place(narrow, query, places)
    if query.category:
        narrow.conditions.append(_CATEGORY)
        narrow.parameters["category"] = query.category
    if query.amenities:
        codes = set(query.amenities)
        narrow.conditions.append(_AMENITIES)
        narrow.parameters |= {"amenities": list(codes), "amenity_count": len(codes)}
    if query.bedrooms:
        narrow.conditions.append(f"{BEDROOMS} >= %(bedrooms)s")
        narrow.parameters["bedrooms"] = query.bedrooms
    if query.q:
        narrow.conditions.append(_WORDS)
        narrow.parameters["words"] = [_escape_like(word) for word in query.q.split()]
    return narrow


def _by_place(narrow: Narrowing, query: SearchQuery, places: list[tuple[str, str]] | None) -> None:
    if places is not None:
        narrow.conditions.append(
            "(p.city, p.neighbourhood) IN (SELECT * FROM unnest(%(cities)s::text[], %(neighbourhoods)s::text[]))"
        )
        narrow.parameters |= {"cities": [city for city, _ in places], "neighbourhoods": [name for _, name in places]}
    if query.box is not None:
        narrow.conditions.append(_inside("box"))
        narrow.parameters |= _corners("box", query.box)
    if query.near is not None:
        narrow.parameters |= {"near_lat": query.near.latitude, "near_lng": query.near.longitude}
        if query.near.radius_km is not None:
            narrow.conditions += [_inside("circle"), f"{_DISTANCE} <= %(radius_m)s"]
            narrow.parameters |= {"radius_m": query.near.radius_km * 1000, **_corners("circle", _around(query.near))}


def _inside(name: str) -> str:
    """Two boxes, because one may cross the date line; the second is then not empty. Served by the GiST index."""
    return (
        f"(point(p.longitude, p.latitude) <@ box(point(%({name}_west)s, %({name}_south)s),"
        f" point(%({name}_east)s, %({name}_north)s))"
        f" OR point(p.longitude, p.latitude) <@ box(point(%({name}_west_2)s, %({name}_south)s),"
        f" point(%({name}_east_2)s, %({name}_north)s)))"
    )


def _corners(name: str, box: Box) -> dict[str, float]:
    crosses = box.west > box.east
    first = (box.west, 180.0 if crosses else box.east)
    second = (-180.0 if crosses else box.west, box.east)
    longitudes = {"west": first[0], "east": first[1], "west_2": second[0], "east_2": second[1]}
    sides = {**longitudes, "south": box.south, "north": box.north}
    return {f"{name}_{side}": degrees for side, degrees in sides.items()}


def _around(near: Near) -> Box:
    """A box that holds the circle; all longitudes where it holds a pole."""
    height = (near.radius_km or 0) * 1000 / _METRES_PER_DEGREE + 1e-9
    south, north = near.latitude - height, near.latitude + height
    if south <= -90 or north >= 90:
        return Box(-180, max(south, -90), 180, min(north, 90))
    # The circle is widest where a meridian touches it, not at the latitude of its centre.
    width = math.degrees(math.asin(min(1.0, math.sin(math.radians(height)) / math.cos(math.radians(near.latitude)))))
    west, east = near.longitude - width - 1e-9, near.longitude + width + 1e-9
    if east - west >= 360:
        return Box(-180, south, 180, north)
    return Box(west + 360 if west < -180 else west, south, east - 360 if east > 180 else east, north)


def _escape_like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
