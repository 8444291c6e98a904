"""`search(query) -> page`, and the same hits as pins or groups on a map."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from freehold.domain.money import Money
from freehold.inventory.search.facets import FACETS, read_facets
from freehold.inventory.search.map import (
    CLUSTERS,
    CLUSTERS_OF_MANY,
    MAX_PINS,
    PINS,
    PINS_OF_FEW,
    Cluster,
    Pin,
    cell_at,
    read_clusters,
    read_pins,
)
from freehold.inventory.search.moments import Moment, moments_of_stay
from freehold.inventory.search.places import resolve_place
from freehold.inventory.search.prepared import fetch_prepared
from freehold.inventory.search.query import CursorAt, SearchQuery, Sort
from freehold.inventory.search.statement import hits
from freehold.properties.models import Picture


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
class SearchPage:
    """`count` is of all pages. `facets` is filled on the first page. A cursor is empty where nothing follows."""

    count: int
    currency: str | None
    hits: tuple[Hit, ...] = ()
    next_cursor: str = ""
    previous_cursor: str = ""
    facets: dict[str, Any] = field(default_factory=dict)
    pins: tuple[Pin, ...] = ()
    clusters: tuple[Cluster, ...] = ()


def _of_what_is_sold(column: str) -> str:
    """Of a unit, of any unit of a type, or of all units of the property together."""
    return f"""coalesce(u.{column}, ut.{column}, (
        SELECT sum(o.{column}) FROM properties_unit AS o
         WHERE o.property_id = h.property_id AND o.kind = 'leaf' AND o.is_active), 0)"""  # noqa: S608 - constants


_PAGE = """
    page AS (
        SELECT * FROM hits {beyond} ORDER BY sort_key {direction}, listing_id {direction} LIMIT %(limit)s
    )
"""

_ROW = f"""
    l.id, l.slug, l.title, h.latitude, h.longitude, p.city, p.neighbourhood, cat.slug, cat.name, p.rating,
    p.review_count, l.max_guests, h.bedrooms, {_of_what_is_sold("beds")}, {_of_what_is_sold("bathrooms")},
    h.distance_m, h.nightly_minor, h.price_minor, h.currency, h.sort_key,
    first.alt, first.path, first.width, first.height, first.renditions, first.is_static
"""

_SORT_KEY = 19

_DETAILS = """
    page AS h
    JOIN properties_listing AS l ON l.id = h.listing_id
    JOIN properties_property AS p ON p.id = h.property_id
    JOIN properties_category AS cat ON cat.id = h.category_id
    LEFT JOIN properties_unit AS u ON u.id = l.unit_id
    LEFT JOIN properties_unittype AS ut ON ut.id = l.unit_type_id
    LEFT JOIN LATERAL (
        SELECT shown.alt, pic.path, pic.width, pic.height, pic.renditions::json, pic.is_static
          FROM properties_propertypicture AS shown JOIN properties_picture AS pic ON pic.id = shown.picture_id
         WHERE shown.property_id = h.property_id ORDER BY shown.position LIMIT 1) AS first ON true
"""


def search(query: SearchQuery, *, pins: int = 0) -> SearchPage:
    """One page of hits. Three queries at most: which place was meant, which instants, the search.

    `pins` asks for all hits as points on a map while there are no more than that, else for groups of them.
    """
    prepared = _prepare(query)
    if prepared is None:
        return SearchPage(0, query.currency or None)
    count, currency, facets, pinned, grouped, found = _ask(query, *prepared, pins=pins)
    has_more = len(found) > query.page_size
    page = found[: query.page_size]
    is_backwards = query.cursor_at is not None and query.cursor_at.is_backwards
    if is_backwards:
        page.reverse()
    follows = has_more or is_backwards
    precedes = has_more if is_backwards else query.cursor_at is not None
    return SearchPage(
        count=count,
        currency=currency,
        hits=_hits(page, is_dated=query.nights > 0),
        next_cursor=_cursor(query, page[-1:], is_backwards=False) if follows else "",
        previous_cursor=_cursor(query, page[:1], is_backwards=True) if precedes else "",
        facets=read_facets(facets, currency),
        pins=read_pins(pinned, currency),
        clusters=read_clusters(grouped, currency),
    )


def _ask(
    query: SearchQuery, statement: str, parameters: dict[str, Any], *, pins: int
) -> tuple[int, str | None, Any, Any, Any, list[tuple[Any, ...]]]:
    """Count, currency, facets, pins, groups, and the rows of the page with one more, in the direction of the cursor."""
    direction, beyond = "ASC", ""
    at = query.cursor_at
    if at is not None:
        direction = "DESC" if at.is_backwards else "ASC"
        comparison = "<" if at.is_backwards else ">"
        beyond = f"WHERE (sort_key, listing_id) {comparison} (%(edge_key)s::bigint, %(edge_id)s::uuid)"
        parameters |= {"edge_key": at.sort_key, "edge_id": at.listing_id}
    rows = fetch_prepared(
        f"""{statement}, {_PAGE.format(beyond=beyond, direction=direction)}
        SELECT (SELECT count(*) FROM hits), (SELECT code FROM currency), {"NULL" if at else FACETS},
               {PINS_OF_FEW if pins else "NULL"}, {CLUSTERS_OF_MANY if pins else "NULL"}, shown.*
          FROM (SELECT 1) AS always LEFT JOIN (SELECT {_ROW} FROM {_DETAILS}) AS shown ON true
         ORDER BY shown.sort_key {direction}, shown.id {direction}
        """,  # noqa: S608 - composed of constants
        {**parameters, "limit": query.page_size + 1, "pins": pins, "cell": cell_at(None)},
    )
    return *rows[0][:5], [row[5:] for row in rows if row[5] is not None]


def map_pins(query: SearchQuery, *, limit: int = MAX_PINS) -> tuple[Pin, ...]:
    """Where the hits are: the most relevant `limit` of them. Three queries at most."""
    raw, currency, _ = _ask_map(query, PINS, {"pins": limit})
    return read_pins(raw, currency)


def map_clusters(query: SearchQuery, *, zoom: int | None) -> tuple[int, tuple[Cluster, ...]]:
    """How many hits there are, and all of them in groups as a map of this zoom has room for. Three queries at most."""
    raw, currency, count = _ask_map(query, CLUSTERS, {"cell": cell_at(zoom)})
    return count, read_clusters(raw, currency)


def _ask_map(query: SearchQuery, column: str, more: dict[str, Any]) -> tuple[Any, Any, int]:
    prepared = _prepare(query)
    if prepared is None:
        return None, None, 0
    statement, parameters = prepared
    asked = f"{statement} SELECT {column}, (SELECT code FROM currency), (SELECT count(*) FROM hits)"  # noqa: S608 - constants
    ((raw, currency, count),) = fetch_prepared(asked, {**parameters, **more})
    return raw, currency, count


def _prepare(query: SearchQuery) -> tuple[str, dict[str, Any]] | None:
    """The statement and its parameters; None when nothing can be found anyway."""
    places = resolve_place(query.place) if query.place else None
    if places == []:
        return None
    moments: list[Moment] = []
    if query.check_in is not None and query.check_out is not None:
        moments = moments_of_stay(query.check_in, query.check_out)
        if not moments:
            return None
    return hits(query, places, moments)


def _cursor(query: SearchQuery, edge: Sequence[tuple[Any, ...]], *, is_backwards: bool) -> str:
    """Leads on from the row at a page's edge; "" for an empty page."""
    return "".join(CursorAt(str(row[_SORT_KEY]), str(row[0]), is_backwards).encode(query.sort) for row in edge)


def _hits(rows: Sequence[tuple[Any, ...]], *, is_dated: bool) -> tuple[Hit, ...]:
    return tuple(
        Hit(
            *row[:15],
            distance_km=None if row[15] is None else round(row[15] / 1000, 2),
            nightly=Money(row[16], row[18]),
            total=Money(row[17], row[18]) if is_dated else None,
            picture=_picture(*row[21:]) if row[21] else None,
            picture_alt=row[20] or "",
        )
        for row in rows
    )


def _picture(path: str, width: int, height: int, renditions: dict[str, str], is_static: bool) -> Picture:
    return Picture(path=path, width=width, height=height, renditions=renditions, is_static=is_static)


__all__ = ["Cluster", "Hit", "Pin", "SearchPage", "SearchQuery", "Sort", "map_clusters", "map_pins", "search"]
