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
    power(sin(radians(e.latitude - %(near_lat)s) / 2), 2)
    + cos(radians(%(near_lat)s)) * cos(radians(e.latitude)) * power(sin(radians(e.longitude - %(near_lng)s) / 2), 2)))))
"""

_CATEGORY = """(e.category_id IN (
    WITH RECURSIVE branch(id) AS (
        SELECT id FROM properties_category WHERE slug = %(category)s
         UNION
        SELECT k.id FROM properties_category AS k JOIN branch AS b ON k.parent_id = b.id)
    SELECT id FROM branch)) IS TRUE
"""

# The number of an amenity is looked up once; nobody has one that has no number.
_AMENITY_NUMBER = """
    (SELECT k.number FROM inventory_searchamenity AS k JOIN properties_amenity AS am ON am.id = k.amenity_id
      WHERE am.code = {code})
"""
_HAS_AMENITY = (
    f"(CASE WHEN length(e.amenities) > {_AMENITY_NUMBER} THEN get_bit(e.amenities, {_AMENITY_NUMBER}) = 1 END)"
)

_WORD = "e.words LIKE '%%' || lower(unaccent(%({name})s)) || '%%'"


def distance_to(near: Near | None) -> str:
    return "NULL::float8" if near is None else _DISTANCE


@dataclass(slots=True)
class Narrowing:
    """Conditions on a search row (e), their parameters, and whether it is of the category (a facet counts the rest)."""

    conditions: list[str] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    category: str = "true"


def narrowing(query: SearchQuery, places: list[int] | None) -> Narrowing:
    """What the query asks of a candidate."""
    narrow = Narrowing()
    _by_place(narrow, query, places)
    if query.category:
        narrow.category = _CATEGORY
        narrow.parameters["category"] = query.category
    _by_amenities(narrow, query)
    for index, word in enumerate(query.q.split()):
        narrow.conditions.append(_WORD.format(name=f"word_{index}"))
        narrow.parameters[f"word_{index}"] = _escape_like(word)
    return narrow


def _by_place(narrow: Narrowing, query: SearchQuery, places: list[int] | None) -> None:
    if places is not None:
        narrow.conditions.append("e.place_id = ANY(%(places)s::int[])")
        narrow.parameters["places"] = places
    if query.box is not None:
        narrow.conditions.append(_inside("box", query.box))
        narrow.parameters |= _corners("box", query.box)
    if query.near is not None:
        narrow.parameters |= {"near_lat": query.near.latitude, "near_lng": query.near.longitude}
        if query.near.radius_km is not None:
            around = _around(query.near)
            narrow.conditions += [_inside("circle", around), f"{_DISTANCE} <= %(radius_m)s"]
            narrow.parameters |= {"radius_m": query.near.radius_km * 1000, **_corners("circle", around)}


def _by_amenities(narrow: Narrowing, query: SearchQuery) -> None:
    for index, code in enumerate(sorted(set(query.amenities))):
        narrow.conditions.append(_HAS_AMENITY.format(code=f"%(amenity_{index})s"))
        narrow.parameters[f"amenity_{index}"] = code


def _inside(name: str, box: Box) -> str:
    """Served by the GiST index. A box across the date line is two."""
    first = _box(f"{name}_west", f"{name}_east", name)
    return f"({first} OR {_box(f'{name}_west_2', f'{name}_east_2', name)})" if box.west > box.east else first


def _box(west: str, east: str, name: str) -> str:
    corners = f"point(%({west})s, %({name}_south)s), point(%({east})s, %({name}_north)s)"
    return f"point(e.longitude, e.latitude) <@ box({corners})"


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
