"""The plainest search in SQL: every condition as it is said, the calendar by NOT EXISTS on the GiST index.

It answers less than Freehold does (no facets, no seasons, discounts or taxes in the price), in one query.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import psycopg

from bench.wishes import Wish

_TAKEN = (
    """EXISTS (SELECT FROM inventory_allocation AS a WHERE a.unit_id = {unit} AND a.period && %(stay)s::tstzrange)"""
)

_SEARCH = f"""
    SELECT l.id, l.title, p.city, p.rating, r.base_price_minor * %(nights)s + r.cleaning_fee_minor AS price,
           count(*) OVER () AS total
      FROM properties_listing AS l
      JOIN properties_property AS p ON p.id = l.property_id
      JOIN pricing_rateplan AS r ON r.listing_id = l.id
     WHERE l.status = 'published' AND p.status = 'published' AND l.mode = 'stay' AND l.max_guests >= %(guests)s
       AND %(nights)s BETWEEN l.min_nights AND l.max_nights
       AND (%(city)s::text = '' OR p.city = %(city)s)
       AND (%(west)s::float8 IS NULL
            OR point(p.longitude, p.latitude) <@ box(point(%(west)s, %(south)s), point(%(east)s, %(north)s)))
       AND (%(radius)s::float8 IS NULL
            OR earth_distance(ll_to_earth(p.latitude, p.longitude), ll_to_earth(%(lat)s, %(lng)s)) <= %(radius)s)
       AND (%(max_minor)s::bigint IS NULL
            OR r.base_price_minor * %(nights)s + r.cleaning_fee_minor <= %(max_minor)s)
       AND (%(bedrooms)s = 0 OR EXISTS (
            SELECT FROM properties_unit AS u
             WHERE (u.id = l.unit_id OR u.unit_type_id = l.unit_type_id) AND u.bedrooms >= %(bedrooms)s))
       AND (SELECT count(*) FROM properties_propertyamenity AS pa JOIN properties_amenity AS am ON am.id = pa.amenity_id
             WHERE pa.property_id = p.id AND am.code = ANY(%(amenities)s)) = cardinality(%(amenities)s::text[])
       AND ((l.unit_id IS NOT NULL AND NOT {_TAKEN.format(unit="l.unit_id")})
            OR EXISTS (SELECT FROM properties_unit AS o
                        WHERE o.unit_type_id = l.unit_type_id AND NOT {_TAKEN.format(unit="o.id")}))
     ORDER BY p.rating DESC NULLS LAST, l.id
     LIMIT 20
"""


def plain_search(connection: psycopg.Connection[Any], wish: Wish) -> list[tuple[Any, ...]]:
    """The first 20 and, in each row, how many there are."""
    box, near = wish.box, wish.near
    stay = [datetime.combine(day, time(12), UTC).isoformat() for day in (wish.check_in, wish.check_out)]
    parameters = {
        "stay": f"[{stay[0]},{stay[1]})",
        "nights": (wish.check_out - wish.check_in).days,
        "guests": wish.guests,
        "city": wish.place,
        "west": box.west if box else None,
        "south": box.south if box else None,
        "east": box.east if box else None,
        "north": box.north if box else None,
        "lat": near.latitude if near else 0.0,
        "lng": near.longitude if near else 0.0,
        "radius": near.radius_km * 1000 if near and near.radius_km else None,
        "max_minor": None if wish.max_total is None else wish.max_total * 100,
        "bedrooms": wish.bedrooms,
        "amenities": list(wish.amenities),
    }
    # Planned for each search's own values, as a person at a prompt would have it.
    return connection.execute(_SEARCH, parameters, prepare=False).fetchall()
