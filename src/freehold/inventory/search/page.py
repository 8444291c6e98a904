"""`search(query) -> page`, and the same hits as pins on a map."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from freehold.domain.money import Money
from freehold.inventory.search.facets import FACETS, read_facets
from freehold.inventory.search.moments import Moment, moments_of_stay
from freehold.inventory.search.places import resolve_place
from freehold.inventory.search.prepared import fetch_prepared
from freehold.inventory.search.query import CursorAt, SearchQuery, Sort
from freehold.inventory.search.statement import hits
from freehold.properties.models import Picture

MAX_PINS = 500


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
    """`count` is of all pages. `facets` is filled on the first page. A cursor is empty where nothing follows."""

    count: int
    currency: str | None
    hits: tuple[Hit, ...] = ()
    next_cursor: str = ""
    previous_cursor: str = ""
    facets: dict[str, Any] = field(default_factory=dict)
    pins: tuple[Pin, ...] = ()


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

_PINS = """
    (SELECT json_agg(json_build_array(pin.listing_id, l.slug, pin.latitude, pin.longitude, pin.price_minor)
                     ORDER BY pin.sort_key, pin.listing_id)
       FROM (SELECT * FROM hits ORDER BY sort_key, listing_id LIMIT %(pins)s) AS pin
       JOIN properties_listing AS l ON l.id = pin.listing_id)
"""


def search(query: SearchQuery, *, pins: int = 0) -> SearchPage:
    """One page of hits. Three queries at most: which place was meant, which instants, the search.

    `pins` asks for so many of all hits as points on a map, the most relevant first.
    """
    prepared = _prepare(query)
    if prepared is None:
        return SearchPage(0, query.currency or None)
    count, currency, facets, raw_pins, found = _ask(query, *prepared, pins=pins)
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
        pins=_pins(raw_pins, currency),
    )


def _ask(
    query: SearchQuery, statement: str, parameters: dict[str, Any], *, pins: int
) -> tuple[int, str | None, Any, Any, list[tuple[Any, ...]]]:
    """Count, currency, facets, pins, and the rows of the page with one more, in the direction of the cursor."""
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
               {_PINS if pins else "NULL"}, shown.*
          FROM (SELECT 1) AS always LEFT JOIN (SELECT {_ROW} FROM {_DETAILS}) AS shown ON true
         ORDER BY shown.sort_key {direction}, shown.id {direction}
        """,  # noqa: S608 - composed of constants
        {**parameters, "limit": query.page_size + 1, "pins": pins},
    )
    return *rows[0][:4], [row[4:] for row in rows if row[4] is not None]


def map_pins(query: SearchQuery, *, limit: int = MAX_PINS) -> tuple[Pin, ...]:
    """Where the hits are: the most relevant `limit` of them. Three queries at most."""
    prepared = _prepare(query)
    if prepared is None:
        return ()
    statement, parameters = prepared
    with connection.cursor() as cursor:
        cursor.execute(
            f"{statement} SELECT {_PINS}, (SELECT code FROM currency)",  # noqa: S608 - composed of constants
            {**parameters, "pins": limit},
        )
        raw_pins, currency = cursor.fetchone()
    return _pins(raw_pins, currency)


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


def _pins(raw: list[Any] | None, currency: Any) -> tuple[Pin, ...]:
    return tuple(Pin(UUID(pin[0]), *pin[1:4], Money(pin[4], currency)) for pin in raw or ())


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


__all__ = ["Hit", "Pin", "SearchPage", "SearchQuery", "Sort", "map_pins", "search"]
