"""What people type for a place: cities and neighbourhoods, whole, as a beginning, or nearly right."""

from dataclasses import dataclass

from django.db import connection

from freehold.inventory.search.prepared import fetch_prepared

MAX_SUGGESTIONS = 10
SIMILAR_ENOUGH = 0.35


@dataclass(frozen=True, slots=True)
class PlaceSuggestion:
    """A city, or a neighbourhood in one. `text` finds it again when searched for."""

    text: str
    kind: str
    count: int


# Names as people type them: without accents, without case.
_PLACES = """
    SELECT p.city, p.neighbourhood, count(*) AS listings,
           lower(unaccent(p.city)) AS city_key, lower(unaccent(p.neighbourhood)) AS neighbourhood_key
      FROM properties_property AS p
      JOIN properties_listing AS l ON l.property_id = p.id AND l.status = 'published'
      JOIN companies_company AS c ON c.id = p.company_id AND c.is_active
     WHERE p.status = 'published'
     GROUP BY p.city, p.neighbourhood
"""


# What is not named exactly is what is most like it.
_RESOLVE = """
    WITH parts AS MATERIALIZED (
        SELECT lower(unaccent(part)) AS part FROM unnest(%(parts)s::text[]) AS part
    ), exact AS MATERIALIZED (
        SELECT p.id FROM inventory_searchplace AS p
         WHERE (p.city_key = lower(unaccent(%(name)s::text)) OR p.neighbourhood_key = lower(unaccent(%(name)s::text)))
           AND NOT EXISTS (SELECT 1 FROM parts WHERE position(part IN p.words) = 0)
    ), scored AS (
        SELECT p.id, greatest(similarity(p.city_key, lower(unaccent(%(name)s::text))),
                              similarity(p.neighbourhood_key, lower(unaccent(%(name)s::text)))) AS score
          FROM inventory_searchplace AS p
         WHERE NOT EXISTS (SELECT 1 FROM exact)
           AND (p.city_key %% lower(unaccent(%(name)s::text)) OR p.neighbourhood_key %% lower(unaccent(%(name)s::text)))
    )
    SELECT id FROM exact
     UNION ALL
    SELECT id FROM scored WHERE score >= %(enough)s AND score >= (SELECT max(score) FROM scored) - 0.05
"""


def resolve_place(text: str) -> list[int]:
    """The search places that `text` means; empty when there are none.

    "Boston" is all of Boston, "Back Bay, Boston" one neighbourhood, "Bostn" what is most like it.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        return []
    found = fetch_prepared(_RESOLVE, {"parts": parts, "name": parts[0], "enough": SIMILAR_ENOUGH})
    return [number for (number,) in found]


def suggest_places(*, prefix: str, limit: int = MAX_SUGGESTIONS) -> list[PlaceSuggestion]:
    """Cities first, then neighbourhoods, that begin with `prefix` or are like it; the busiest first."""
    text = prefix.strip()
    if not text:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH places AS ({_PLACES}),
                 names AS (SELECT city AS text, 'city' AS kind, city_key AS key, sum(listings) AS listings
                             FROM places GROUP BY city, city_key
                            UNION ALL
                           SELECT neighbourhood || ', ' || city, 'neighbourhood', neighbourhood_key, sum(listings)
                             FROM places WHERE neighbourhood <> '' GROUP BY neighbourhood, city, neighbourhood_key),
                 asked AS (SELECT lower(unaccent(%(text)s)) AS key)
            SELECT n.text, n.kind, n.listings FROM names AS n, asked AS a
             WHERE starts_with(n.key, a.key) OR similarity(n.key, a.key) >= %(enough)s
             ORDER BY starts_with(n.key, a.key) DESC, n.kind, n.listings DESC, n.text LIMIT %(limit)s
            """,  # noqa: S608 - composed of constants
            {"text": text, "enough": SIMILAR_ENOUGH, "limit": limit},
        )
        return [PlaceSuggestion(*row[:2], int(row[2])) for row in cursor.fetchall()]
