"""How many hits stand behind each choice of a filter."""

from typing import Any

from freehold.domain.money import Money

PRICE_BUCKETS = 20
TOP_AMENITIES = 24

# Counts are of the hits. Prices are of all that was found in the currency, so that a price filter does not move the
# scale that it is chosen on.
FACETS = f"""
    json_build_object(
        'categories', (SELECT json_agg(f ORDER BY f.count DESC, f.name) FROM (
            SELECT cat.slug AS code, cat.name, k.count
              FROM (SELECT category_id, count(*) FROM hits GROUP BY 1) AS k
              JOIN properties_category AS cat ON cat.id = k.category_id) AS f),
        'neighbourhoods', (SELECT json_agg(f ORDER BY f.count DESC, f.name) FROM (
            SELECT neighbourhood AS code, neighbourhood AS name, count(*) FROM hits
             WHERE neighbourhood <> '' GROUP BY 1) AS f),
        'bedrooms', (SELECT json_agg(f ORDER BY f.code) FROM (
            SELECT bedrooms AS code, bedrooms::text AS name, count(*) FROM hits GROUP BY 1) AS f),
        'amenities', (SELECT json_agg(f ORDER BY f.count DESC, f.name) FROM (
            SELECT am.code, am.name, k.count FROM (
                SELECT pa.amenity_id, count(*)
                  FROM hits JOIN properties_propertyamenity AS pa USING (property_id)
                 GROUP BY 1 ORDER BY 2 DESC LIMIT {TOP_AMENITIES}) AS k
              JOIN properties_amenity AS am ON am.id = k.amenity_id) AS f),
        'currencies', (SELECT json_agg(f ORDER BY f.count DESC, f.code) FROM (
            SELECT currency AS code, currency AS name, count(*) FROM found GROUP BY 1) AS f),
        'price', (SELECT json_build_object('min', e.low, 'max', e.high, 'histogram', (
                SELECT json_agg(json_build_array(b.bucket, b.count)) FROM (
                    SELECT width_bucket(price_minor::numeric, e.low, e.high + 1, {PRICE_BUCKETS}) AS bucket, count(*)
                      FROM found JOIN currency ON currency.code = found.currency GROUP BY 1) AS b))
            FROM (SELECT min(price_minor)::numeric AS low, max(price_minor)::numeric AS high
                    FROM found JOIN currency ON currency.code = found.currency) AS e)
    )
"""  # noqa: S608 - composed of constants


def read_facets(raw: dict[str, Any] | None, currency: str | None) -> dict[str, Any]:
    """Counts as they are; prices as money, and the histogram with a zero where nothing is."""
    if not raw or currency is None or raw["price"]["min"] is None:
        return {}
    price = raw["price"]
    buckets = dict(price["histogram"])
    facets = {name: value or [] for name, value in raw.items()}
    facets["price"] = {
        "min": Money(price["min"], currency).to_json(),
        "max": Money(price["max"], currency).to_json(),
        "histogram": [buckets.get(number, 0) for number in range(1, PRICE_BUCKETS + 1)],
    }
    return facets
