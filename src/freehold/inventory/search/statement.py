"""The search as SQL over the search rows: what fits, what is free, what it costs, in one step without a join.

    held -> found -> currency -> hits

`found` is all that can be had. `hits` are those of it that pass the filters which facets count around: category,
bedrooms, price. The statement is composed of constant text; everything that comes from outside is a parameter.
"""

from collections.abc import Sequence
from typing import Any

from freehold.core import clock
from freehold.domain.money import currencies_by_exponent
from freehold.inventory.search.availability import HELD, IS_FREE, RULES
from freehold.inventory.search.filters import distance_to, narrowing
from freehold.inventory.search.moments import Moment, moment_parameters
from freehold.inventory.search.prices import NIGHTLY, priced
from freehold.inventory.search.query import SearchQuery, Sort

# What is left out here is never wanted again: the rows of this step are copied once.
_CANDIDATE = """
    SELECT e.number, e.listing_id, e.property_id, e.category_id, e.place_id, e.latitude, e.longitude, e.bedrooms,
           e.relevance, e.rating_rank, e.amenity_tally, e.currency, {category} AS category_ok,
           {distance} AS distance_m, {price_columns}
      FROM inventory_searchentry AS e
     WHERE {conditions}
    OFFSET 0
"""

_HITS = """
    currency AS (
        SELECT coalesce(nullif(%(currency)s, ''),
                        (SELECT f.currency FROM found AS f GROUP BY f.currency
                          ORDER BY count(*) DESC, f.currency LIMIT 1)) AS code
    ), in_currency AS NOT MATERIALIZED (
        SELECT f.*, {sort_key} AS sort_key, f.bedrooms >= %(bedrooms)s AS bedrooms_ok, {price} AS price_ok
          FROM found AS f WHERE f.currency = (SELECT code FROM currency)
    ), hits AS NOT MATERIALIZED (
        SELECT * FROM in_currency WHERE category_ok AND bedrooms_ok AND price_ok
    )
"""

_SORT_KEYS = {
    Sort.RELEVANCE: "-relevance",
    Sort.PRICE: "price_minor",
    Sort.PRICE_DESCENDING: "-price_minor",
    Sort.RATING: "-rating_rank",
    Sort.DISTANCE: "round(distance_m * 1000)::bigint",
}


def hits(query: SearchQuery, places: list[int] | None, moments: Sequence[Moment]) -> tuple[str, dict[str, Any]]:
    """Common table expressions that end in `hits`: all that matches, in one currency, with prices and sort keys.

    `places` narrows to these search places; None means anywhere. `moments` are the stay as instants, none without
    dates. `price_minor` is the whole stay with dates, else one night.
    """
    narrow = narrowing(query, places)
    conditions = ["e.mode = %(mode)s", "e.max_guests >= %(guests)s", *narrow.conditions]
    parameters = {
        **narrow.parameters,
        "mode": query.mode,
        "guests": query.guests,
        "bedrooms": query.bedrooms,
        "currency": query.currency,
        "min_price": query.min_price,
        "max_price": query.max_price,
    }
    if query.check_in is not None:
        conditions += [*RULES, IS_FREE]
        parameters |= moment_parameters(query, moments)
        price = priced(query)
        parameters |= {**price.parameters, "now": clock.now()}
        price_columns, levels, steps = price.columns, price.levels, [HELD]
    else:
        price_columns, levels, steps = NIGHTLY, (), []
    found = _CANDIDATE.format(
        category=narrow.category,
        distance=distance_to(query.near),
        price_columns=price_columns,
        conditions=" AND ".join(conditions),
    )
    for level in levels:
        found = f"SELECT *, {level} FROM ({found}) AS e OFFSET 0"  # noqa: S608 - composed of constants
    last = _HITS.format(sort_key=_SORT_KEYS[query.sort], price=_price_filter(query))
    return f"WITH {', '.join([*steps, f'found AS MATERIALIZED ({found})', last])}", parameters


def _price_filter(query: SearchQuery) -> str:
    units = _units("f.currency")
    bounds = []
    if query.min_price is not None:
        bounds.append(f"f.price_minor >= %(min_price)s::numeric * {units}")
    if query.max_price is not None:
        bounds.append(f"f.price_minor <= %(max_price)s::numeric * {units}")
    return " AND ".join(bounds) or "true"


def _units(currency: str) -> str:
    """How many minor units one major unit has, by the ISO 4217 exponents."""
    cases = " ".join(
        f"WHEN {currency} IN ({', '.join(repr(code) for code in sorted(codes))}) THEN {10**exponent}"
        for exponent, codes in currencies_by_exponent().items()
        if exponent != 2
    )
    return f"(CASE {cases} ELSE 100 END)"
