"""What somebody may mean who types the beginning of a name, or a name nearly right: cities, neighbourhoods, properties.

Names are compared folded: without case and accents. A beginning counts more than a likeness, a place more than a
property, and among equals the busier.
"""

from dataclasses import dataclass

from freehold.inventory.search.prepared import fetch_prepared

MAX_SUGGESTIONS = 10
MAX_LENGTH = 60
# Titles that begin with one or two letters are too many to be a help.
SHORTEST_TITLE = 3


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`kind` is city, neighbourhood or property. `text` finds a place again; a property has its listing's `slug`."""

    text: str
    kind: str
    count: int
    slug: str = ""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """`meant` is what the text may have meant when nothing fits it."""

    found: tuple[Suggestion, ...]
    meant: tuple[Suggestion, ...] = ()


_KEY = "lower(unaccent(%(text)s::text))"
_PATTERN = "lower(unaccent(%(pattern)s::text))"

# How well a name fits: 3 begins so, 2 has a word that begins so, else how alike a part of it is.
_FIT = f"""
    CASE WHEN name.key LIKE {_PATTERN} || '%%' THEN 3
         WHEN name.key LIKE '%% ' || {_PATTERN} || '%%' THEN 2
         ELSE greatest(similarity(name.key, {_KEY}), word_similarity({_KEY}, name.key)) END
"""

_PLACES = f"""
    WITH name AS MATERIALIZED (
        SELECT city AS text, 'city' AS kind, city_key AS key, country, region, city, NULL::text AS part
          FROM inventory_searchplace GROUP BY city, city_key, country, region
         UNION ALL
        SELECT neighbourhood || ', ' || city, 'neighbourhood', neighbourhood_key, country, region, city, neighbourhood
          FROM inventory_searchplace WHERE neighbourhood <> ''
    ), fitting AS MATERIALIZED (
        SELECT name.*, {_FIT} AS fit FROM name
    ), counted AS (
        SELECT f.*, (SELECT count(*) FROM inventory_searchplace AS p
                       JOIN inventory_searchentry AS e ON e.place_id = p.id
                      WHERE (p.country, p.region, p.city) = (f.country, f.region, f.city)
                        AND (f.part IS NULL OR p.neighbourhood = f.part)) AS count
          FROM fitting AS f WHERE f.fit >= %(enough)s::float8
    )
    SELECT text, kind, sum(count)::bigint FROM counted WHERE count > 0
     GROUP BY text, kind ORDER BY max(fit) DESC, kind, 3 DESC, text LIMIT %(limit)s
"""  # noqa: S608 - composed of constants

_PROPERTIES = f"""
    SELECT l.title, 'property', 1, l.slug
      FROM (SELECT e.listing_id, e.relevance FROM inventory_searchentry AS e
             WHERE e.words LIKE {_PATTERN} || '%%' ORDER BY e.relevance DESC, e.listing_id LIMIT %(limit)s) AS first
      JOIN properties_listing AS l ON l.id = first.listing_id
     ORDER BY first.relevance DESC, l.id
"""  # noqa: S608 - composed of constants

LIKE_ENOUGH = 0.5
"""How alike a name must be to be suggested for what is being typed."""

PERHAPS_MEANT = 0.2
"""How alike it must be to be offered where nothing else fits."""


def suggest(*, text: str, limit: int = MAX_SUGGESTIONS) -> Suggestions:
    """Places and properties for the field in which somebody types. Two queries, three when nothing fits."""
    asked = " ".join(text.split())[:MAX_LENGTH]
    if not asked:
        return Suggestions(())
    found = _places(asked, LIKE_ENOUGH, limit)
    if len(asked) >= SHORTEST_TITLE and len(found) < limit:
        rows = fetch_prepared(_PROPERTIES, {"pattern": _escape_like(asked), "limit": limit - len(found)})
        found += [Suggestion(title, kind, count, slug) for title, kind, count, slug in rows]
    return Suggestions(tuple(found), () if found else perhaps_meant(text=asked))


def perhaps_meant(*, text: str, limit: int = 3) -> tuple[Suggestion, ...]:
    """Places that are somewhat like the text: for "did you mean". One query."""
    asked = " ".join(text.split())[:MAX_LENGTH]
    return tuple(_places(asked, PERHAPS_MEANT, limit)) if asked else ()


def _places(text: str, enough: float, limit: int) -> list[Suggestion]:
    parameters = {"text": text, "pattern": _escape_like(text), "enough": enough, "limit": limit}
    return [Suggestion(name, kind, count) for name, kind, count in fetch_prepared(_PLACES, parameters)]


def _escape_like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
