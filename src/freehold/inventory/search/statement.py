"""The search as SQL: candidates first, then what is free, then what it costs.

    candidate, taken -> open -> stay -> taxable -> found -> currency -> hits

The price is the formula of `domain.pricing`, in integers and `round(numeric)`, to the cent. The statement is composed
of constant text; everything that comes from outside is a parameter.

How many rows a step leaves is more than PostgreSQL can guess. Hence two rules: a step never joins another step (a
wrong guess would make it quadratic) but asks `IN (SELECT ...)` as a value, which is hashed whatever the guess; and
look-ups by row go through an index.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from freehold.core import clock
from freehold.domain.money import currencies_by_exponent
from freehold.domain.periods import MAX_NIGHTS
from freehold.inventory.options import LISTING_OPTIONS
from freehold.inventory.search.filters import BEDROOMS, distance_to, narrowing
from freehold.inventory.search.moments import Moment
from freehold.inventory.search.query import SearchQuery, Sort

# The stay as instants, one row per combination of zone and turn-over times.
_MOMENT = """
    unnest(%(zones)s::text[], %(check_in_times)s::time[], %(check_out_times)s::time[], %(todays)s::date[],
           %(stays)s::tstzrange[]) AS moment (time_zone, check_in_time, check_out_time, today, stay)
    USING (time_zone, check_in_time, check_out_time)
"""

# The one look at the calendar: leaf units that something takes during the stay. Lapsed holds take nothing.
_TAKEN = f"""
    near AS MATERIALIZED (
        SELECT a.unit_id, a.period, p.time_zone, p.check_in_time, p.check_out_time
          FROM inventory_allocation AS a
          JOIN properties_unit AS o ON o.id = a.unit_id
          JOIN properties_property AS p ON p.id = o.property_id
         WHERE a.period && %(envelope)s::tstzrange
           AND (a.expires_at IS NULL OR a.expires_at > (SELECT freehold_now()))
    ), taken AS MATERIALIZED (
        SELECT unit_id FROM near JOIN {_MOMENT} WHERE period && stay
    )
"""  # noqa: S608 - composed of constants

# Only listings that are priced and sold by the night; the facts are those of what is sold.
_CANDIDATE = """
    candidate AS MATERIALIZED (
        SELECT l.id, l.property_id, l.unit_id, l.unit_type_id, u.kind = 'leaf' AND u.is_active AS is_one_unit,
               l.booking_window_days, l.lead_time_hours, p.time_zone, p.check_in_time, p.check_out_time,
               p.latitude, p.longitude, p.rating, p.review_count, p.category_id, p.neighbourhood,
               {distance} AS distance_m, {bedrooms} AS bedrooms,
               r.id AS plan_id, r.currency, r.base_price_minor, r.weekday_prices, r.stay_discounts, r.included_guests,
               r.extra_guest_fee_minor, r.cleaning_fee_minor
          FROM properties_listing AS l
          JOIN properties_property AS p ON p.id = l.property_id
          JOIN companies_company AS c ON c.id = l.company_id
          JOIN pricing_rateplan AS r ON r.listing_id = l.id
          LEFT JOIN properties_unit AS u ON u.id = l.unit_id
          LEFT JOIN properties_unittype AS ut ON ut.id = l.unit_type_id
         WHERE l.status = 'published' AND p.status = 'published' AND c.is_active AND l.mode = 'stay'
           AND l.max_guests >= %(guests)s {conditions}
    )
"""

_LENGTH_IS_ACCEPTED = f"%(nights)s BETWEEN least(l.min_nights, {MAX_NIGHTS}) AND least(l.max_nights, {MAX_NIGHTS})"

# The other rules of `domain.listing_rules`, then the anti-join: an option is free when none of its units is taken.
_OPEN = f"""
    open AS MATERIALIZED (
        SELECT candidate.*
          FROM candidate JOIN {_MOMENT}
         WHERE %(check_in)s::date >= today
           AND %(check_out)s::date - 1 - today <= booking_window_days
           AND (lead_time_hours = 0 OR %(now)s <= lower(stay) - make_interval(hours => lead_time_hours))
           AND CASE WHEN is_one_unit THEN (unit_id IN (SELECT unit_id FROM taken)) IS NOT TRUE
               ELSE EXISTS (
                   SELECT FROM {LISTING_OPTIONS} AS option WHERE option.listing_id = candidate.id
                    GROUP BY option.option_id
                   HAVING bool_and((option.unit_id IN (SELECT unit_id FROM taken)) IS NOT TRUE)) END
    )
"""  # noqa: S608 - composed of constants

# Nights by weekday, corrected where an override sets another price; then the one discount; then each tax, rounded on
# its own.
_PRICED = """
    stay AS MATERIALIZED (
        SELECT open.*, {plain_nights} + coalesce((
                   SELECT sum(o.price_minor - coalesce(weekday_prices[night.isodow], base_price_minor))
                     FROM pricing_priceoverride AS o
                     JOIN unnest(%(night_dates)s::date[], %(night_isodows)s::int[]) AS night (date, isodow)
                       ON o.nights @> night.date
                    WHERE o.rate_plan_id = plan_id AND o.nights && daterange(%(check_in)s::date, %(check_out)s::date)
               ), 0) AS nights_minor
          FROM open
    ), taxable AS MATERIALIZED (
        SELECT stay.*, nights_minor + extra_guest_fee_minor * greatest(0, %(guests)s - included_guests) * %(nights)s
               - CASE WHEN stay_discounts = '[]' THEN 0 ELSE coalesce((
                     SELECT round(nights_minor::numeric * (tier ->> 'basis_points')::int / 10000)
                       FROM jsonb_array_elements(stay_discounts) AS tier
                      WHERE (tier ->> 'min_nights')::int <= %(nights)s
                      ORDER BY (tier ->> 'min_nights')::int DESC LIMIT 1), 0) END AS taxable_minor
          FROM stay
    ), found AS MATERIALIZED (
        SELECT taxable.*, round(nights_minor::numeric / %(nights)s)::bigint AS nightly_minor,
               (taxable_minor + cleaning_fee_minor + coalesce((
                   SELECT sum(CASE t.kind
                       WHEN 'percentage' THEN
                           round((taxable_minor + CASE WHEN t.on_cleaning THEN cleaning_fee_minor ELSE 0 END)::numeric
                                 * t.basis_points / 10000)
                       ELSE t.amount_minor
                           * (%(guests)s - (SELECT count(*) FROM unnest(%(ages)s::int[]) AS age
                                             WHERE age < t.exempt_below_age))
                           * least(%(nights)s, coalesce(t.max_nights, %(nights)s)) END)
                     FROM pricing_rateplan_taxes AS rt JOIN pricing_tax AS t ON t.id = rt.tax_id
                    WHERE rt.rateplan_id = plan_id), 0))::bigint AS price_minor
          FROM taxable
    )
"""

_NIGHTLY = """
    found AS MATERIALIZED (
        SELECT candidate.*, base_price_minor AS nightly_minor, base_price_minor AS price_minor FROM candidate
    )
"""

_HITS = """
    currency AS (
        SELECT coalesce(nullif(%(currency)s, ''),
                        (SELECT f.currency FROM found AS f GROUP BY f.currency
                          ORDER BY count(*) DESC, f.currency LIMIT 1)) AS code
    ), hits AS MATERIALIZED (
        SELECT f.*, {sort_key} AS sort_key
          FROM found AS f
         WHERE f.currency = (SELECT code FROM currency)
           AND (%(min_price)s::numeric IS NULL OR f.price_minor >= %(min_price)s::numeric * {units})
           AND (%(max_price)s::numeric IS NULL OR f.price_minor <= %(max_price)s::numeric * {units})
    )
"""

_SORT_KEYS = {
    Sort.RELEVANCE: "-round((coalesce(rating, 4.0) * ln(review_count + 2))::numeric, 6)",
    Sort.PRICE: "price_minor::numeric",
    Sort.PRICE_DESCENDING: "-price_minor::numeric",
    Sort.RATING: "-(coalesce(rating, 0) * 1000000 + review_count)",
    Sort.DISTANCE: "round(distance_m::numeric, 3)",
}


def hits(
    query: SearchQuery, places: list[tuple[str, str]] | None, moments: Sequence[Moment]
) -> tuple[str, dict[str, Any]]:
    """Common table expressions that end in `hits`: all that matches, in one currency, with prices and sort keys.

    `places` narrows to these (city, neighbourhood) pairs; None means anywhere. `moments` are the stay as instants,
    none without dates. `price_minor` is the whole stay with dates, else one night.
    """
    narrow = narrowing(query, places)
    conditions = [*narrow.conditions, _LENGTH_IS_ACCEPTED] if query.nights else narrow.conditions
    candidate = _CANDIDATE.format(
        distance=distance_to(query.near),
        bedrooms=BEDROOMS,
        conditions=" ".join(f"AND {condition}" for condition in conditions),
    )
    priced = [_TAKEN, _OPEN, _PRICED.format(plain_nights=_plain_nights(query))] if query.nights else [_NIGHTLY]
    last = _HITS.format(sort_key=_SORT_KEYS[query.sort], units=_units("f.currency"))
    return f"WITH {', '.join([candidate, *priced, last])}", {**narrow.parameters, **_parameters(query, moments)}


def _parameters(query: SearchQuery, moments: Sequence[Moment]) -> dict[str, Any]:
    nights = _nights(query)
    return {
        "now": clock.now(),
        "check_in": query.check_in,
        "check_out": query.check_out,
        "nights": query.nights,
        "night_dates": nights,
        "night_isodows": [night.isoweekday() for night in nights],
        "zones": [moment.time_zone for moment in moments],
        "check_in_times": [moment.check_in_time for moment in moments],
        "check_out_times": [moment.check_out_time for moment in moments],
        "todays": [moment.today for moment in moments],
        "stays": [_range(moment.stay.start, moment.stay.end) for moment in moments],
        "envelope": _range(
            min((moment.stay.start for moment in moments), default=None),
            max((moment.stay.end for moment in moments), default=None),
        ),
        "guests": query.guests,
        "ages": list(query.children),
        "currency": query.currency,
        "min_price": query.min_price,
        "max_price": query.max_price,
    }


def _nights(query: SearchQuery) -> list[date]:
    return [query.check_in + timedelta(days=index) for index in range(query.nights)] if query.check_in else []


def _range(start: datetime | None, end: datetime | None) -> str:
    return f"[{start.isoformat()},{end.isoformat()})" if start and end else "empty"


def _plain_nights(query: SearchQuery) -> str:
    """The nights without overrides: how many begin on each weekday is known before the search."""
    counts = Counter(night.isoweekday() for night in _nights(query))
    by_weekday = " + ".join(
        f"{count} * coalesce(weekday_prices[{isodow}], base_price_minor)" for isodow, count in sorted(counts.items())
    )
    return f"CASE WHEN weekday_prices IS NULL THEN {query.nights} * base_price_minor ELSE {by_weekday} END"


def _units(currency: str) -> str:
    """How many minor units one major unit has, by the ISO 4217 exponents."""
    cases = " ".join(
        f"WHEN {currency} IN ({', '.join(repr(code) for code in sorted(codes))}) THEN {10**exponent}"
        for exponent, codes in currencies_by_exponent().items()
        if exponent != 2
    )
    return f"(CASE {cases} ELSE 100 END)"
