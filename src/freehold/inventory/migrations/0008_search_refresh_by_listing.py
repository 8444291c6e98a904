"""`inventory_search_refresh` takes as long as there are listings: what belongs to one is looked up for that one.

Aggregates over all listings of a statement, joined to each of them, took time by the square of their number wherever the
planner knew no better, as it does in a load. Amenities are added up from bits and tallies that are made once.
"""

from importlib import import_module

from django.db import migrations

_before = import_module("freehold.inventory.migrations.0006_search_functions")
ON_OFFER, FACTS = _before.ON_OFFER, _before.FACTS
IS_PUBLISHED = "listing.status = 'published' AND place.status = 'published' AND company.is_active"
IS_ON_OFFER = f"listing.id = ANY(listings) AND {IS_PUBLISHED}"

CLOCK = """
      JOIN inventory_searchclock AS clock
           ON (clock.time_zone, clock.check_in_time, clock.check_out_time, clock.turnover_days)
              = (place.time_zone, place.check_in_time, place.check_out_time, listing.turnover_days)
"""

# OFFSET 0 keeps the planner from pulling a look-up into a join of all with all.
FROM = f"""
      FROM {ON_OFFER}
      JOIN properties_category AS category ON category.id = place.category_id
      JOIN inventory_searchplace AS named
           ON (named.country, named.region, named.city, named.neighbourhood)
              = (place.country, place.region, place.city, place.neighbourhood)
      {CLOCK}
      LEFT JOIN LATERAL (
          SELECT (array_agg(unit.unit_id))[1] AS sole_unit_id FROM inventory_search_units(ARRAY[listing.id]) AS unit
          HAVING count(*) = 1) AS sold ON true
      CROSS JOIN LATERAL (
          SELECT CASE WHEN sold.sole_unit_id IN (SELECT unnest(untold)) THEN ARRAY[sold.sole_unit_id] END AS units
          OFFSET 0) AS asked
      LEFT JOIN LATERAL inventory_search_nights(asked.units) AS told ON true
      CROSS JOIN LATERAL (
          SELECT coalesce(bit_or(marks[numbered.number + 1]), B'') AS amenities,
                 coalesce(sum(lanes[numbered.number + 1]), 0) AS tally
            FROM properties_propertyamenity AS owned
            JOIN inventory_searchamenity AS numbered ON numbered.amenity_id = owned.amenity_id
           WHERE owned.property_id = place.id) AS has
      CROSS JOIN LATERAL (
          SELECT array_agg((tier ->> 'min_nights')::int ORDER BY (tier ->> 'min_nights')::int DESC) AS nights,
                 array_agg((tier ->> 'basis_points')::int ORDER BY (tier ->> 'min_nights')::int DESC) AS points
            FROM jsonb_array_elements(plan.stay_discounts) AS tier) AS discount
      CROSS JOIN LATERAL (
          SELECT array_agg(coalesce(lower(o.nights), '-infinity') ORDER BY o.nights) AS starts,
                 array_agg(coalesce(upper(o.nights), 'infinity') ORDER BY o.nights) AS ends,
                 array_agg(o.price_minor ORDER BY o.nights) AS prices
            FROM pricing_priceoverride AS o
           WHERE o.rate_plan_id = plan.id AND NOT isempty(o.nights)
             AND coalesce(upper(o.nights), 'infinity')
                 > (SELECT (freehold_now() AT TIME ZONE 'UTC')::date - 2)) AS override
      CROSS JOIN LATERAL (
          SELECT array_agg(t.basis_points) FILTER (WHERE t.kind = 'percentage' AND NOT t.on_cleaning) AS plain,
                 array_agg(t.basis_points) FILTER (WHERE t.kind = 'percentage' AND t.on_cleaning) AS on_all,
                 array_agg(t.amount_minor ORDER BY t.id) FILTER (WHERE t.kind <> 'percentage') AS person,
                 array_agg(t.exempt_below_age ORDER BY t.id) FILTER (WHERE t.kind <> 'percentage') AS person_ages,
                 array_agg(coalesce(t.max_nights, 365) ORDER BY t.id) FILTER (WHERE t.kind <> 'percentage')
                     AS person_nights
            FROM pricing_rateplan_taxes AS chosen JOIN pricing_tax AS t ON t.id = chosen.tax_id
           WHERE chosen.rateplan_id = plan.id) AS tax
     WHERE {IS_ON_OFFER}
"""

_KEPT = [name for name in FACTS if name != "listing_id"]
_IS_TOLD = (
    "entry.sole_unit_id = excluded.sole_unit_id AND entry.clock_id = excluded.clock_id"
    " AND entry.first_night IS NOT NULL"
)

REFRESH = f"""
CREATE OR REPLACE FUNCTION inventory_search_refresh(listings uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    untold uuid[];
    marks varbit[];
    lanes numeric[];
BEGIN
    IF coalesce(cardinality(listings), 0) = 0 THEN
        RETURN;
    END IF;
    -- A row that is there is the lock; a new row locks what it is made of. Only then is anything read.
    PERFORM FROM inventory_searchentry WHERE listing_id = ANY(listings) ORDER BY listing_id FOR NO KEY UPDATE;
    PERFORM FROM {ON_OFFER}
      WHERE listing.id = ANY(listings)
        AND NOT EXISTS (SELECT FROM inventory_searchentry AS entry WHERE entry.listing_id = listing.id)
      ORDER BY listing.id FOR SHARE OF place, company, plan;
    PERFORM inventory_search_name(listings);

    DELETE FROM inventory_searchentry AS entry
     WHERE entry.listing_id = ANY(listings)
       AND NOT EXISTS (SELECT FROM {ON_OFFER} WHERE listing.id = entry.listing_id AND {IS_PUBLISHED});
    DELETE FROM inventory_searchoption AS option
     WHERE option.listing_id = ANY(listings)
       AND NOT EXISTS (SELECT FROM inventory_searchentry AS entry WHERE entry.listing_id = option.listing_id);

    -- Units of which no row tells the nights yet, or by another clock. Nobody may claim between the look at the
    -- calendar and the row that tells it.
    untold := ARRAY(
        SELECT DISTINCT wanted.unit_id
          FROM {ON_OFFER}
          {CLOCK}
         CROSS JOIN LATERAL (
               SELECT unit.*, count(*) OVER () = 1 AS is_sole
                 FROM inventory_search_units(ARRAY[listing.id]) AS unit OFFSET 0) AS wanted
         WHERE {IS_ON_OFFER}
           AND CASE WHEN wanted.is_sole
                    THEN NOT EXISTS (SELECT FROM inventory_searchentry AS entry
                                      WHERE entry.listing_id = wanted.listing_id
                                        AND entry.sole_unit_id = wanted.unit_id
                                        AND entry.clock_id = clock.id AND entry.first_night IS NOT NULL)
                    ELSE NOT EXISTS (SELECT FROM inventory_searchoption AS option
                                      WHERE option.listing_id = wanted.listing_id
                                        AND option.option_id = wanted.option_id AND option.unit_id = wanted.unit_id
                                        AND option.clock_id = clock.id AND option.first_night IS NOT NULL) END);
    PERFORM FROM properties_unit WHERE id = ANY(untold) ORDER BY id FOR NO KEY UPDATE;

    -- By the number of an amenity, from 0 on: its bit, and its four digits of the tally.
    SELECT array_agg((repeat('0', number) || '1' || repeat('0', last - number))::varbit ORDER BY number),
           array_agg(('1' || repeat('0', 4 * number))::numeric ORDER BY number)
      INTO marks, lanes
      FROM (SELECT max(number) AS last FROM inventory_searchamenity) AS widest
     CROSS JOIN generate_series(0, last) AS number;

    INSERT INTO inventory_searchentry AS entry ({", ".join(FACTS)}, first_night, nights)
    SELECT {", ".join(FACTS.values())}, told.first_night, told.nights
    {FROM}
     ORDER BY place.country, place.city, place.neighbourhood
        ON CONFLICT (listing_id) DO UPDATE
       SET {", ".join(f"{name} = excluded.{name}" for name in _KEPT)},
           first_night = CASE WHEN {_IS_TOLD} THEN entry.first_night ELSE excluded.first_night END,
           nights = CASE WHEN {_IS_TOLD} THEN entry.nights ELSE excluded.nights END
     WHERE ({", ".join(f"entry.{name}" for name in _KEPT)})
           IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in _KEPT)})
        OR entry.first_night IS NULL AND excluded.first_night IS NOT NULL;

    DELETE FROM inventory_searchoption AS option
     WHERE option.listing_id = ANY(listings)
       AND NOT EXISTS (SELECT FROM inventory_search_units(ARRAY[option.listing_id]) AS wanted
                         JOIN inventory_searchentry AS entry ON entry.listing_id = wanted.listing_id
                        WHERE entry.sole_unit_id IS NULL AND entry.clock_id = option.clock_id
                          AND (wanted.option_id, wanted.unit_id) = (option.option_id, option.unit_id));
    INSERT INTO inventory_searchoption (listing_id, option_id, unit_id, clock_id)
    SELECT wanted.listing_id, wanted.option_id, wanted.unit_id, entry.clock_id
      FROM inventory_searchentry AS entry
     CROSS JOIN LATERAL (SELECT * FROM inventory_search_units(ARRAY[entry.listing_id]) OFFSET 0) AS wanted
     WHERE entry.listing_id = ANY(listings) AND entry.sole_unit_id IS NULL
        ON CONFLICT DO NOTHING;
    PERFORM inventory_search_tell(ARRAY(
        SELECT DISTINCT unit_id FROM inventory_searchoption
         WHERE listing_id = ANY(listings) AND first_night IS NULL));
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0007_search_titles")]

    operations = [
        migrations.RunSQL(
            sql=REFRESH, reverse_sql=_before.REFRESH.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        )
    ]
