"""How many hits stand behind each choice of a filter."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from freehold.domain.money import Money

PRICE_BUCKETS = 20
TOP_AMENITIES = 24
ROWS_OF_A_TALLY = 9_000
_DIGITS = 4

# A facet counts what its own filter leaves out as well, so that it shows what another choice would bring. Amenities are
# wanted all together: each is counted with the chosen ones. Sums of tallies are of so few rows that no digit carries.
FACETS = f"""
    json_build_object(
        'categories', (SELECT json_agg(f ORDER BY f.count DESC, f.name) FROM (
            SELECT cat.slug AS code, cat.name, k.count
              FROM (SELECT category_id, count(*) FROM in_currency WHERE bedrooms_ok AND price_ok GROUP BY 1) AS k
              JOIN properties_category AS cat ON cat.id = k.category_id) AS f),
        'neighbourhoods', (SELECT json_agg(f ORDER BY f.count DESC, f.name) FROM (
            SELECT n.neighbourhood AS code, n.neighbourhood AS name, sum(k.count)::bigint AS count
              FROM (SELECT place_id, count(*) FROM hits GROUP BY 1) AS k
              JOIN inventory_searchplace AS n ON n.id = k.place_id
             WHERE n.neighbourhood <> '' GROUP BY 1) AS f),
        'bedrooms', (SELECT json_agg(f ORDER BY f.code) FROM (
            SELECT bedrooms AS code, bedrooms::text AS name, count(*)
              FROM in_currency WHERE category_ok AND price_ok GROUP BY 1) AS f),
        'amenity_tallies', (SELECT json_agg(k.tally::text) FROM (
            SELECT sum(amenity_tally) AS tally FROM hits GROUP BY number / {ROWS_OF_A_TALLY}) AS k),
        'amenities', (SELECT json_agg(json_build_array(numbered.number, am.code, am.name))
                        FROM inventory_searchamenity AS numbered
                        JOIN properties_amenity AS am ON am.id = numbered.amenity_id),
        'currencies', (SELECT json_agg(f ORDER BY f.count DESC, f.code) FROM (
            SELECT currency AS code, currency AS name, count(*) FROM found
             WHERE category_ok AND bedrooms >= %(bedrooms)s GROUP BY 1) AS f),
        'price', (SELECT json_build_object('min', e.low, 'max', e.high, 'histogram', (
                SELECT json_agg(json_build_array(b.bucket, b.count)) FROM (
                    SELECT (price_minor - e.low) * {PRICE_BUCKETS} / (e.high + 1 - e.low) + 1 AS bucket, count(*)
                      FROM in_currency WHERE category_ok AND bedrooms_ok GROUP BY 1) AS b))
            FROM (SELECT min(price_minor) AS low, max(price_minor) AS high
                    FROM in_currency WHERE category_ok AND bedrooms_ok) AS e)
    )
"""  # noqa: S608 - composed of constants


def read_facets(raw: dict[str, Any] | None, currency: str | None) -> dict[str, Any]:
    """Counts as they are; prices as money, and the histogram with a zero where nothing is."""
    if not raw or currency is None or raw["price"]["min"] is None:
        return {}
    price = raw["price"]
    buckets = dict(price["histogram"])
    tallies = raw.pop("amenity_tallies")
    facets = {name: value or [] for name, value in raw.items()}
    facets["amenities"] = _top_amenities(facets["amenities"], tallies or ())
    facets["price"] = {
        "min": Money(price["min"], currency).to_json(),
        "max": Money(price["max"], currency).to_json(),
        "histogram": [buckets.get(number, 0) for number in range(1, PRICE_BUCKETS + 1)],
    }
    return facets


def _top_amenities(numbered: list[tuple[int, str, str]], tallies: Sequence[str]) -> list[dict[str, Any]]:
    """The most frequent amenities. A tally holds the count of amenity n in its n-th _DIGITS digits from the right."""
    counts: Counter[int] = Counter()
    for text in tallies:
        for number, end in enumerate(range(len(text), 0, -_DIGITS)):
            counts[number] += int(text[max(end - _DIGITS, 0) : end])
    facets = [{"code": code, "name": name, "count": counts[number]} for number, code, name in numbered]
    ranked = sorted(facets, key=lambda facet: (-facet["count"], facet["name"]))
    return [facet for facet in ranked if facet["count"]][:TOP_AMENITIES]
