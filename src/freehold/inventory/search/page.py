"""`search(query) -> page`, and the same hits as pins on a map."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from freehold.domain.money import Money
from freehold.inventory.search.places import resolve_place
from freehold.inventory.search.query import SearchQuery, Sort, encode_cursor
from freehold.inventory.search.statement import hits
from freehold.properties.models import Picture, PropertyPicture

MAX_PINS = 500
PRICE_BUCKETS = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """A listing that can be had. `total` is the whole stay with fees and taxes, None without dates."""

    listing_id: UUID
    slug: str
    title: str
    latitude: float
    longitude: float
    city: str
    neighbourhood: str
    category: str
    category_name: str
    rating: Decimal | None
    review_count: int
    max_guests: int
    bedrooms: int
    beds: int
    bathrooms: Decimal
    distance_km: float | None
    nightly: Money
    total: Money | None
    picture: Picture | None
    picture_alt: str


@dataclass(frozen=True, slots=True)
class Pin:
    """A hit on the map: where, and for how much."""

    listing_id: UUID
    slug: str
    latitude: float
    longitude: float
    price: Money


@dataclass(frozen=True, slots=True)
class SearchPage:
    """`count` is of all pages. `facets` is filled on the first page. `next_cursor` is empty on the last."""

    count: int
    currency: str | None
    hits: tuple[Hit, ...]
    next_cursor: str
    facets: dict[str, Any]


_ROW = """
    h.id, h.slug, h.title, h.latitude, h.longitude, h.city, h.neighbourhood, h.category, h.category_name, h.rating,
    h.review_count, h.max_guests, h.bedrooms, h.beds, h.bathrooms, h.distance_m, h.nightly_minor, h.total_minor,
    h.currency, h.property_id, h.sort_key
"""

_FACETS = f"""
    json_build_object(
        'categories', (SELECT json_agg(f ORDER BY f.count DESC, f.name) FROM (
            SELECT category AS code, category_name AS name, count(*) FROM hits GROUP BY 1, 2) AS f),
        'neighbourhoods', (SELECT json_agg(f ORDER BY f.count DESC, f.name) FROM (
            SELECT neighbourhood AS code, neighbourhood AS name, count(*) FROM hits
             WHERE neighbourhood <> '' GROUP BY 1) AS f),
        'bedrooms', (SELECT json_agg(f ORDER BY f.code) FROM (
            SELECT bedrooms AS code, bedrooms::text AS name, count(*) FROM hits GROUP BY 1) AS f),
        'amenities', (SELECT json_agg(f ORDER BY f.count DESC, f.name) FROM (
            SELECT am.code, am.name, k.count FROM (
                SELECT pa.amenity_id, count(*) FROM hits JOIN properties_propertyamenity AS pa USING (property_id)
                 GROUP BY 1 ORDER BY 2 DESC LIMIT 24) AS k JOIN properties_amenity AS am ON am.id = k.amenity_id) AS f),
        'currencies', (SELECT json_agg(f ORDER BY f.count DESC, f.code) FROM (
            SELECT currency AS code, currency AS name, count(*) FROM found GROUP BY 1) AS f),
        'price', (SELECT json_build_object('min', min(price_minor), 'max', max(price_minor)) FROM hits),
        'histogram', (SELECT json_agg(json_build_array(b.bucket, b.count) ORDER BY b.bucket) FROM (
            SELECT width_bucket(price_minor, e.low, e.high + 1, {PRICE_BUCKETS}) AS bucket, count(*)
              FROM hits, (SELECT min(price_minor) AS low, max(price_minor) AS high FROM hits) AS e GROUP BY 1) AS b)
    )
"""  # noqa: S608 - composed of constants


def search(query: SearchQuery) -> SearchPage:
    """One page of hits. Three queries: which place was meant, the search, the pictures of the page."""
    places = resolve_place(query.place) if query.place else None
    if places == []:
        return SearchPage(0, query.currency or None, (), "", {})
    statement, parameters = hits(query, places)
    after = ""
    if query.after is not None:
        after = "WHERE (h.sort_key, h.id) > (%(after_key)s::numeric, %(after_id)s::uuid)"
        parameters |= {"after_key": query.after[0], "after_id": query.after[1]}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{statement}
            SELECT (SELECT count(*) FROM hits), {"NULL" if query.after else _FACETS}, page.*
              FROM (SELECT 1) AS always
              LEFT JOIN LATERAL (SELECT {_ROW} FROM hits AS h {after}
                                  ORDER BY h.sort_key, h.id LIMIT %(limit)s) AS page ON true
            """,  # noqa: S608 - composed of constants
            {**parameters, "limit": query.page_size + 1},
        )
        rows = cursor.fetchall()
    count, facets = rows[0][0], rows[0][1]
    found = [row[2:] for row in rows if row[2] is not None]
    page = found[: query.page_size]
    next_cursor = ""
    if len(found) > query.page_size:
        next_cursor = encode_cursor(query.sort, str(page[-1][-1]), str(page[-1][0]))
    currency = page[0][18] if page else query.currency or None
    return SearchPage(count, currency, _hits(page), next_cursor, _facets(facets, currency))


def map_pins(query: SearchQuery, *, limit: int = MAX_PINS) -> tuple[Pin, ...]:
    """Where the hits are: the most relevant `limit` of them. Two queries."""
    places = resolve_place(query.place) if query.place else None
    if places == []:
        return ()
    statement, parameters = hits(query, places)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""{statement}
            SELECT h.id, h.slug, h.latitude, h.longitude, h.price_minor, h.currency FROM hits AS h
             ORDER BY h.sort_key, h.id LIMIT %(limit)s""",  # noqa: S608 - composed of constants
            {**parameters, "limit": limit},
        )
        rows = cursor.fetchall()
    return tuple(Pin(*row[:4], Money(row[4], row[5])) for row in rows)


def _hits(rows: Sequence[tuple[Any, ...]]) -> tuple[Hit, ...]:
    pictures = _first_pictures([row[19] for row in rows])
    return tuple(
        Hit(
            *row[:15],
            distance_km=None if row[15] is None else round(row[15] / 1000, 2),
            nightly=Money(row[16], row[18]),
            total=None if row[17] is None else Money(row[17], row[18]),
            picture=shown.picture if (shown := pictures.get(row[19])) else None,
            picture_alt=shown.alt if shown else "",
        )
        for row in rows
    )


def _first_pictures(property_ids: list[UUID]) -> dict[UUID, PropertyPicture]:
    first = (
        PropertyPicture.objects.filter(property_id__in=property_ids)
        .order_by("property_id", "position")
        .distinct("property_id")
        .select_related("picture")
    )
    return {shown.property_id: shown for shown in first}


def _facets(facets: Any, currency: str | None) -> dict[str, Any]:
    """Counts as they are; prices as money, and the histogram with a zero where nothing is."""
    if not facets or currency is None:
        return {}
    price = facets["price"]
    buckets = dict(facets.pop("histogram") or ())
    facets["price"] = {
        "min": Money(price["min"], currency).to_json(),
        "max": Money(price["max"], currency).to_json(),
        "histogram": [buckets.get(number, 0) for number in range(1, PRICE_BUCKETS + 1)],
    }
    return {name: value if value is not None else [] for name, value in facets.items()}


__all__ = ["Hit", "Pin", "SearchPage", "SearchQuery", "Sort", "map_pins", "search"]
