"""What people type for a place: cities and neighbourhoods, whole or nearly right."""

from freehold.inventory.search.prepared import fetch_prepared

SIMILAR_ENOUGH = 0.35

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
