"""The hits on a map: pins while they are few, else a grid of groups. Both are columns of the one search statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from freehold.domain.money import Money

MAX_PINS = 500
MAX_ZOOM = 22

# So many groups next to each other at most, however far apart the hits are.
_MOST_GROUPS_ACROSS = 40
_CELLS_PER_TILE = 4


@dataclass(frozen=True, slots=True)
class Pin:
    """A hit on the map: where, and for how much."""

    listing_id: UUID
    slug: str
    latitude: float
    longitude: float
    price: Money


@dataclass(frozen=True, slots=True)
class Cluster:
    """Hits that lie together: their middle and bounds (west, south, east, north), and the lowest price.

    A group of one is a pin, with its listing.
    """

    count: int
    latitude: float
    longitude: float
    bounds: tuple[float, float, float, float]
    price_from: Money
    listing_id: UUID | None
    slug: str


PINS = """
    (SELECT json_agg(json_build_array(pin.listing_id, l.slug, pin.latitude, pin.longitude, pin.price_minor)
                     ORDER BY pin.sort_key, pin.listing_id)
       FROM (SELECT * FROM hits ORDER BY sort_key, listing_id LIMIT %(pins)s) AS pin
       JOIN properties_listing AS l ON l.id = pin.listing_id)
"""

# x and y are shares of the square Web Mercator map, whose poles are cut off.
CLUSTERS = f"""
    (WITH spot AS MATERIALIZED (
        SELECT listing_id, latitude, longitude, price_minor, (longitude + 180) / 360 AS x,
               0.5 - ln(tan(pi() / 4 + radians(greatest(-85, least(85, latitude))) / 2)) / (2 * pi()) AS y
          FROM hits
    ), grid AS MATERIALIZED (
        SELECT greatest(%(cell)s::float8, (max(x) - min(x)) / {_MOST_GROUPS_ACROSS},
                        (max(y) - min(y)) / {_MOST_GROUPS_ACROSS}, 1e-9) AS cell FROM spot
    ), cluster AS (
        SELECT count(*), avg(latitude) AS latitude, avg(longitude) AS longitude,
               min(longitude) AS west, min(latitude) AS south, max(longitude) AS east, max(latitude) AS north,
               min(price_minor) AS price_minor,
               CASE WHEN count(*) = 1 THEN (array_agg(listing_id))[1] END AS listing_id
          FROM spot GROUP BY floor(x / (SELECT cell FROM grid)), floor(y / (SELECT cell FROM grid))
    )
    SELECT json_agg(json_build_array(c.count, c.latitude, c.longitude, c.west, c.south, c.east, c.north, c.price_minor,
                                     c.listing_id, l.slug) ORDER BY c.count DESC, c.west, c.south)
      FROM cluster AS c LEFT JOIN properties_listing AS l ON l.id = c.listing_id)
"""  # noqa: S608 - composed of constants

# The most relevant as pins when they are all, else groups of all.
PINS_OF_FEW = f"CASE WHEN (SELECT count(*) FROM hits) <= %(pins)s THEN {PINS} END"  # noqa: S608 - constants
CLUSTERS_OF_MANY = f"CASE WHEN (SELECT count(*) FROM hits) > %(pins)s THEN {CLUSTERS} END"  # noqa: S608 - constants


def cell_at(zoom: int | None) -> float:
    """The side of a group as a share of the map; without a zoom, as the spread of the hits has it."""
    return 0.0 if zoom is None else 1 / (_CELLS_PER_TILE * 2**zoom)


def read_pins(raw: Sequence[Any] | None, currency: Any) -> tuple[Pin, ...]:
    return tuple(Pin(UUID(pin[0]), *pin[1:4], Money(pin[4], currency)) for pin in raw or ())


def read_clusters(raw: Sequence[Any] | None, currency: Any) -> tuple[Cluster, ...]:
    return tuple(
        Cluster(*row[:3], tuple(row[3:7]), Money(row[7], currency), UUID(row[8]) if row[8] else None, row[9] or "")
        for row in raw or ()
    )
