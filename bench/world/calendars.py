"""Who has taken what: short stays, longer blocks and gaps between them, from a week ago for 18 months."""

from __future__ import annotations

from django.db import connection

from bench.world.bulk import insert
from bench.world.places import chance
from freehold.inventory.models import Allocation, Claim

_DAYS = 547
# Three stays of 2-6 nights to one of 14-45, gaps of 0-13 nights: about 60 % taken, some 32 rows a unit.
_STAYS = f"""
    CREATE TEMP TABLE bench_stay AS
    SELECT unit_id, company_id, listing_id, uuidv7() AS claim_id,
           tstzrange((current_date - 7 + until - nights + check_in_time) AT TIME ZONE time_zone,
                     (current_date - 7 + until + check_out_time) AT TIME ZONE time_zone) AS period
      FROM (
        SELECT unit.id AS unit_id, unit.company_id, place.listing_id, property.check_in_time, property.check_out_time,
               property.time_zone, nights, (sum(gap + nights) OVER (PARTITION BY unit.id ORDER BY number))::int AS until
          FROM bench_place AS place
          JOIN properties_property AS property ON property.id = place.property_id
          JOIN properties_unit AS unit ON unit.property_id = place.property_id
         CROSS JOIN generate_series(1, 48) AS number
         CROSS JOIN LATERAL (SELECT hashint8extended(number, uuid_hash_extended(unit.id, 0)) AS seed) AS own
         CROSS JOIN LATERAL (
            SELECT floor(14 * {chance(11, "seed")})::int AS gap,
                   CASE WHEN {chance(12, "seed")} < 0.75 THEN 2 + floor(5 * {chance(13, "seed")})
                        ELSE 14 + floor(32 * {chance(13, "seed")}) END::int AS nights) AS made
         WHERE place.n <= %s
    ) AS stay
    WHERE until - nights < {_DAYS}
"""


def fill(scale: int) -> int:
    """Takes the first `scale` places. Returns how many stays there are."""
    with connection.cursor() as cursor:
        # The table of places is not known to the planner yet.
        cursor.execute("ANALYZE bench_place; ANALYZE properties_unit; ANALYZE properties_property")
        cursor.execute(_STAYS, [scale])
    insert(
        Claim,
        {
            "id": "claim_id",
            "company_id": "company_id",
            "purpose": "'external'",
            "listing_id": "listing_id",
            "unit_ids": "ARRAY[unit_id]",
            "period": "period",
        },
        "bench_stay",
    )
    return insert(Allocation, {"unit_id": "unit_id", "period": "period", "claim_id": "claim_id"}, "bench_stay")
