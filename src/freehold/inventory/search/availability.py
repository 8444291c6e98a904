"""What can be had for the dates: the rules of the listing, then its calendar. Conditions on a search row `e`.

The bits of a row are exact (see `SearchEntry`): holds are the one thing that ends without anybody writing, so they are
looked up, and a stay that the bits do not reach is looked up in the calendar itself.
"""

# As far as the bits of a row reach: the length that migration 0006 gives them.
WINDOW_NIGHTS = 640

HELD = """
    held AS MATERIALIZED (
        SELECT a.unit_id, a.period
          FROM inventory_claim AS c JOIN inventory_allocation AS a ON a.claim_id = c.id
         WHERE c.purpose = 'hold' AND c.released_at IS NULL AND a.expires_at > (SELECT freehold_now())
           AND c.period && %(around)s::tstzrange AND a.period && %(envelope)s::tstzrange
    )
"""

_SEASON = "properties_stayrestriction AS r"
_LENGTH_IS_ACCEPTED = f"""
    CASE WHEN e.listing_id IN (SELECT r.listing_id FROM {_SEASON}
                                WHERE r.dates @> %(check_in)s::date
                                  AND coalesce(r.min_nights, r.max_nights) IS NOT NULL)
         THEN e.listing_id IN (
              SELECT r.listing_id FROM {_SEASON} JOIN properties_listing AS l ON l.id = r.listing_id
               WHERE r.dates @> %(check_in)s::date
                 AND %(nights)s BETWEEN coalesce(r.min_nights, least(l.min_nights, r.max_nights))
                                    AND coalesce(r.max_nights, greatest(l.max_nights, r.min_nights)))
         ELSE %(nights)s BETWEEN e.min_nights AND e.max_nights END
"""  # noqa: S608 - composed of constants
_NO_SEASON_IS_AGAINST_IT = f"""
    e.listing_id NOT IN (SELECT r.listing_id FROM {_SEASON}
                          WHERE r.is_closed_to_arrival AND r.dates @> %(check_in)s::date
                             OR r.is_closed_to_departure AND r.dates @> %(check_out)s::date)
"""  # noqa: S608 - composed of constants
# Few listings have such rules: these are found by an index of their own, with this very condition.
_NO_DAY_IS_AGAINST_IT = """
    e.listing_id NOT IN (
        SELECT l.id FROM properties_listing AS l JOIN properties_property AS p ON p.id = l.property_id
         WHERE (l.arrival_weekdays IS NOT NULL OR l.departure_weekdays IS NOT NULL OR l.cut_off_time IS NOT NULL)
           AND (coalesce(extract(isodow FROM %(check_in)s::date)::int - 1 <> ALL (l.arrival_weekdays), false)
                OR coalesce(extract(isodow FROM %(check_out)s::date)::int - 1 <> ALL (l.departure_weekdays), false)
                OR coalesce(%(check_in)s::date = (%(now)s::timestamptz AT TIME ZONE p.time_zone)::date
                            AND l.cut_off_time <= (%(now)s::timestamptz AT TIME ZONE p.time_zone)::time, false)))
"""

# The rules of `domain.listing_rules`.
RULES = (
    _LENGTH_IS_ACCEPTED,
    _NO_SEASON_IS_AGAINST_IT,
    _NO_DAY_IS_AGAINST_IT,
    "%(check_in)s::date >= (%(todays)s::date[])[e.clock_id]",
    "%(check_out)s::date - 1 - (%(todays)s::date[])[e.clock_id] <= e.booking_window_days",
    "(e.lead_time_hours = 0"
    " OR %(now)s <= (%(arrivals)s::timestamptz[])[e.clock_id] - make_interval(hours => e.lead_time_hours))",
)

_TAKING = "(%(takings)s::tstzrange[])[{row}.clock_id]"
_LENGTH = "(%(taken_nights)s::int[])[{row}.clock_id]"


def _is_unit_free(row: str, unit: str) -> str:
    taking, length = _TAKING.format(row=row), _LENGTH.format(row=row)
    return f"""(CASE WHEN {row}.nights IS NOT NULL
                      AND %(check_in)s::date - {row}.first_night BETWEEN 0 AND {WINDOW_NIGHTS} - {length}
                     THEN bit_count(substring({row}.nights, %(check_in)s::date - {row}.first_night + 1, {length})) = 0
                     ELSE NOT EXISTS (SELECT FROM inventory_allocation AS a
                                       WHERE a.unit_id = {unit} AND a.expires_at IS NULL AND a.period && {taking}) END
                AND (({unit} IN (SELECT unit_id FROM held)) IS NOT TRUE
                     OR NOT EXISTS (SELECT FROM held WHERE unit_id = {unit} AND period && {taking})))
    """  # noqa: S608 - composed of constants


# One unit, or some option of which no unit is taken.
IS_FREE = f"""
    CASE WHEN e.sole_unit_id IS NOT NULL THEN {_is_unit_free("e", "e.sole_unit_id")}
         ELSE EXISTS (SELECT FROM inventory_searchoption AS o WHERE o.listing_id = e.listing_id
                       GROUP BY o.option_id HAVING bool_and({_is_unit_free("o", "o.unit_id")})) END
"""
