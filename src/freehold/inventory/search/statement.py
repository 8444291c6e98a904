"""The search as SQL: candidates first, then what is free, then what it costs.

The price is the formula of `domain.pricing`, in integers and `round(numeric)`, to the cent. A search has adults
only, so that every guest counts for every tax. A hold that has lapsed counts as free. The statement is composed of
constant text; everything that comes from outside is a parameter.
"""

from typing import Any

from freehold.domain.money import currencies_by_exponent
from freehold.domain.periods import MAX_NIGHTS
from freehold.inventory.search.query import Box, SearchQuery, Sort


def _taken(units: str) -> str:
    """Whether a leaf unit that fits the condition has an allocation in the stay that has not lapsed."""
    return f"""EXISTS (
        SELECT 1 FROM inventory_allocation AS a
         WHERE a.period && s.period AND (a.expires_at IS NULL OR a.expires_at > freehold_now()) AND a.unit_id {units})
    """  # noqa: S608 - composed of constants


_PARTS = "SELECT up.part_id FROM properties_unitpart AS up WHERE up.composite_id ="
_LEAVES = "FROM properties_unit AS o WHERE o.property_id = l.property_id AND o.kind = 'leaf' AND o.is_active"
_FREE = f"""
    CASE
      WHEN l.unit_id IS NOT NULL AND u.kind = 'leaf' THEN NOT {_taken("= l.unit_id")}
      WHEN l.unit_id IS NOT NULL THEN NOT {_taken(f"IN ({_PARTS} l.unit_id)")}
      WHEN l.unit_type_id IS NOT NULL THEN EXISTS (
          SELECT 1 FROM properties_unit AS o WHERE o.unit_type_id = l.unit_type_id AND o.is_active
             AND NOT {_taken(f"IN (SELECT o.id UNION ALL {_PARTS} o.id)")})
      ELSE EXISTS (SELECT 1 {_LEAVES}) AND NOT {_taken(f"IN (SELECT o.id {_LEAVES})")}
    END
"""  # noqa: S608 - composed of constants

_STAY = """
    CROSS JOIN LATERAL (
        SELECT tstzrange((%(check_in)s::date + p.check_in_time) AT TIME ZONE p.time_zone,
                         (%(check_out)s::date + p.check_out_time) AT TIME ZONE p.time_zone, '[)') AS period,
               (freehold_now() AT TIME ZONE p.time_zone)::date AS today) AS s
"""

_RULES = f"""
    AND %(nights)s BETWEEN least(l.min_nights, {MAX_NIGHTS}) AND least(l.max_nights, {MAX_NIGHTS})
    AND %(check_in)s::date >= s.today
    AND %(check_out)s::date - 1 - s.today <= l.booking_window_days
    AND (l.lead_time_hours = 0 OR freehold_now() <= lower(s.period) - make_interval(hours => l.lead_time_hours))
"""

# With dates: the nights by weekday, corrected where an override sets another price.
_STAY_PRICE = """
    CROSS JOIN LATERAL (
        SELECT (SELECT sum(w.nights * coalesce(r.weekday_prices[w.isodow], r.base_price_minor))
                  FROM unnest(%(weekday_nights)s::int[]) WITH ORDINALITY AS w(nights, isodow))
             + coalesce((SELECT sum(o.price_minor
                                    - coalesce(r.weekday_prices[extract(isodow FROM day)::int], r.base_price_minor))
                           FROM pricing_priceoverride AS o
                          CROSS JOIN generate_series(greatest(lower(o.nights), %(check_in)s::date)::timestamp,
                                                     (least(upper(o.nights), %(check_out)s::date) - 1)::timestamp,
                                                     interval '1 day') AS day
                          WHERE o.rate_plan_id = r.id
                            AND o.nights && daterange(%(check_in)s::date, %(check_out)s::date)), 0) AS nights_minor
    ) AS n
    CROSS JOIN LATERAL (
        SELECT n.nights_minor
             - coalesce((SELECT round(n.nights_minor * (tier ->> 'basis_points')::int / 10000)
                           FROM jsonb_array_elements(r.stay_discounts) AS tier
                          WHERE (tier ->> 'min_nights')::int <= %(nights)s
                          ORDER BY (tier ->> 'min_nights')::int DESC LIMIT 1), 0)
             + r.extra_guest_fee_minor * greatest(0, %(guests)s - r.included_guests) * %(nights)s AS taxable
    ) AS b
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(CASE t.kind
                   WHEN 'percentage' THEN
                        round((b.taxable + CASE WHEN t.on_cleaning THEN r.cleaning_fee_minor ELSE 0 END)
                              * t.basis_points / 10000)
                   ELSE t.amount_minor * %(guests)s * least(%(nights)s, coalesce(t.max_nights, %(nights)s)) END), 0)
               AS minor
          FROM pricing_rateplan_taxes AS rt JOIN pricing_tax AS t ON t.id = rt.tax_id WHERE rt.rateplan_id = r.id
    ) AS x
    CROSS JOIN LATERAL (
        SELECT round(n.nights_minor / %(nights)s)::bigint AS nightly_minor,
               (b.taxable + r.cleaning_fee_minor + x.minor)::bigint AS total_minor,
               (b.taxable + r.cleaning_fee_minor + x.minor)::bigint AS price_minor
    ) AS price
"""

_NIGHT_PRICE = """
    CROSS JOIN LATERAL (
        SELECT r.base_price_minor AS nightly_minor, NULL::bigint AS total_minor, r.base_price_minor AS price_minor
    ) AS price
"""

_SORT_KEYS = {
    Sort.RELEVANCE: "-round((coalesce(rating, 4.0) * ln(review_count + 2))::numeric, 6)",
    Sort.PRICE: "price_minor::numeric",
    Sort.PRICE_DESCENDING: "-price_minor::numeric",
    Sort.RATING: "-(coalesce(rating, 0) * 1000000 + review_count)",
    Sort.DISTANCE: "round(distance_m::numeric, 3)",
}


def hits(query: SearchQuery, places: list[tuple[str, str]] | None) -> tuple[str, dict[str, Any]]:
    """Common table expressions that end in `hits`: all that matches, in one currency, with prices and sort keys.

    `places` narrows to these (city, neighbourhood) pairs; None means anywhere.
    """
    conditions, parameters = _filters(query, places)
    dated = query.nights > 0
    distance = "NULL::float8"
    if query.near is not None:
        distance = "earth_distance(ll_to_earth(p.latitude, p.longitude), ll_to_earth(%(near_lat)s, %(near_lng)s))"
    sql = f"""
        WITH found AS (
            SELECT l.id, l.slug, l.title, l.currency, l.max_guests, p.id AS property_id, p.latitude, p.longitude,
                   p.city, p.neighbourhood, p.rating, p.review_count, cat.slug AS category, cat.name AS category_name,
                   coalesce(u.bedrooms, ut.bedrooms, 0) AS bedrooms, coalesce(u.beds, ut.beds, 0) AS beds,
                   coalesce(u.bathrooms, ut.bathrooms, 0) AS bathrooms, {distance} AS distance_m,
                   price.nightly_minor, price.total_minor, price.price_minor
              FROM properties_listing AS l
              JOIN properties_property AS p ON p.id = l.property_id AND p.status = 'published'
              JOIN companies_company AS c ON c.id = l.company_id AND c.is_active
              JOIN properties_category AS cat ON cat.id = p.category_id
              JOIN pricing_rateplan AS r ON r.listing_id = l.id
              LEFT JOIN properties_unit AS u ON u.id = l.unit_id
              LEFT JOIN properties_unittype AS ut ON ut.id = l.unit_type_id
              {_STAY if dated else ""}
              {_STAY_PRICE if dated else _NIGHT_PRICE}
             WHERE l.status = 'published' AND l.mode = 'stay' AND l.max_guests >= %(guests)s
               {" ".join("AND " + condition for condition in conditions)}
               {_RULES + " AND " + _FREE if dated else ""}
        ), currency AS (
            SELECT coalesce(nullif(%(currency)s, ''),
                            (SELECT f.currency FROM found AS f GROUP BY f.currency
                              ORDER BY count(*) DESC, f.currency LIMIT 1)) AS code
        ), hits AS MATERIALIZED (
            SELECT f.*, {_SORT_KEYS[query.sort]} AS sort_key
              FROM found AS f, currency AS y
             WHERE f.currency = y.code
               AND (%(min_price)s::numeric IS NULL OR f.price_minor >= %(min_price)s::numeric * {_units("y.code")})
               AND (%(max_price)s::numeric IS NULL OR f.price_minor <= %(max_price)s::numeric * {_units("y.code")})
        )
    """  # noqa: S608 - composed of constants; values are parameters
    return sql, parameters


def _units(currency: str) -> str:
    """How many minor units one major unit has, by the ISO 4217 exponents."""
    cases = " ".join(
        f"WHEN {currency} IN ({', '.join(repr(code) for code in sorted(codes))}) THEN {10**exponent}"
        for exponent, codes in currencies_by_exponent().items()
        if exponent != 2
    )
    return f"(CASE {cases} ELSE 100 END)"


def _filters(query: SearchQuery, places: list[tuple[str, str]] | None) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    parameters: dict[str, Any] = {
        "check_in": query.check_in,
        "check_out": query.check_out,
        "nights": query.nights,
        "weekday_nights": _weekday_nights(query),
        "guests": query.guests,
        "currency": query.currency,
        "min_price": query.min_price,
        "max_price": query.max_price,
    }
    if places is not None:
        conditions.append(
            "(p.city, p.neighbourhood) IN (SELECT * FROM unnest(%(cities)s::text[], %(neighbourhoods)s::text[]))"
        )
        parameters |= {"cities": [city for city, _ in places], "neighbourhoods": [name for _, name in places]}
    if query.box is not None:
        conditions.append(_box_condition(query.box))
        parameters |= {f"box_{name}": getattr(query.box, name) for name in ("west", "south", "east", "north")}
    if query.near is not None:
        parameters |= {"near_lat": query.near.latitude, "near_lng": query.near.longitude}
        if query.near.radius_km is not None:
            conditions.append(
                "earth_box(ll_to_earth(%(near_lat)s, %(near_lng)s), %(radius_m)s)"
                " @> ll_to_earth(p.latitude, p.longitude)"
                " AND earth_distance(ll_to_earth(p.latitude, p.longitude), ll_to_earth(%(near_lat)s, %(near_lng)s))"
                " <= %(radius_m)s"
            )
            parameters["radius_m"] = query.near.radius_km * 1000
    if query.bedrooms:
        conditions.append("coalesce(u.bedrooms, ut.bedrooms, 0) >= %(bedrooms)s")
        parameters["bedrooms"] = query.bedrooms
    if query.category:
        conditions.append(
            "p.category_id IN (WITH RECURSIVE branch(id) AS ("
            " SELECT id FROM properties_category WHERE slug = %(category)s"
            " UNION SELECT k.id FROM properties_category AS k JOIN branch AS b ON k.parent_id = b.id)"
            " SELECT id FROM branch)"
        )
        parameters["category"] = query.category
    if query.amenities:
        conditions.append(
            "(SELECT count(*) FROM properties_propertyamenity AS pa JOIN properties_amenity AS am"
            " ON am.id = pa.amenity_id WHERE pa.property_id = p.id AND am.code = ANY(%(amenities)s))"
            " = %(amenity_count)s"
        )
        parameters |= {"amenities": list(set(query.amenities)), "amenity_count": len(set(query.amenities))}
    if query.q:
        conditions.append(
            "lower(unaccent(concat_ws(' ', l.title, p.neighbourhood, p.city, cat.name)))"
            " LIKE ALL (SELECT '%%' || lower(unaccent(word)) || '%%' FROM unnest(%(words)s::text[]) AS word)"
        )
        parameters["words"] = [_escape_like(word) for word in query.q.split()]
    return conditions, parameters


def _box_condition(box: Box) -> str:
    latitudes = "p.latitude BETWEEN %(box_south)s AND %(box_north)s"
    if box.west <= box.east:
        return f"{latitudes} AND p.longitude BETWEEN %(box_west)s AND %(box_east)s"
    return f"{latitudes} AND (p.longitude >= %(box_west)s OR p.longitude <= %(box_east)s)"


def _weekday_nights(query: SearchQuery) -> list[int]:
    """How many nights of the stay begin on each weekday, Monday first."""
    if query.check_in is None:
        return [0] * 7
    counts = [query.nights // 7] * 7
    for extra in range(query.nights % 7):
        counts[(query.check_in.weekday() + extra) % 7] += 1
    return counts


def _escape_like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
