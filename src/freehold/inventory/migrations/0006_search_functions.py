"""The search rows follow what they are made of, in the same transaction, whoever writes: service, import or plain SQL.

    inventory_search_nights   when units are taken for good, as bits
    inventory_search_tell     writes these bits into the rows of the units
    inventory_search_refresh  makes the rows of some listings again: facts, prices, what they sell
    triggers                  call `tell` for allocations and `refresh` for everything else

Whoever claims has locked the unit, so its bits are written by one transaction at a time. `refresh` locks the rows that
it will change, and what new rows are made of, and reads afterwards, so that two changes at once add up.
"""

from django.db import migrations

WINDOW = 640

# Clocks change in the small hours. Turn-over times far from that are the same wall time once a day everywhere, so that
# nights can be told from wall time; other calendars are asked themselves.
NIGHTS = f"""
CREATE FUNCTION inventory_search_nights(units uuid[])
RETURNS TABLE (unit_id uuid, first_night date, nights varbit) LANGUAGE sql STABLE AS $$
    WITH since AS MATERIALIZED (
        SELECT (freehold_now() AT TIME ZONE 'UTC')::date - 2 AS day
    )
    SELECT unit.id, since.day,
           CASE WHEN least(place.check_in_time, place.check_out_time) >= '04:00'
                 AND greatest(place.check_in_time, place.check_out_time) <= '22:00'
                 AND taken.is_told
                THEN coalesce(taken.bits, B'0'::bit({WINDOW}))::varbit END
      FROM unnest(units) AS wanted (id)
      JOIN properties_unit AS unit ON unit.id = wanted.id
      JOIN properties_property AS place ON place.id = unit.property_id
      CROSS JOIN since
      CROSS JOIN LATERAL (
          SELECT bit_or((~ B'0'::bit({WINDOW}) >> greatest(0, night.first - since.day))
                        & (~ B'0'::bit({WINDOW}) << greatest(0, {WINDOW} - (night.after - since.day)))) AS bits,
                 coalesce(bool_and(night.first < night.after), true) AS is_told
            FROM inventory_allocation AS taken
            CROSS JOIN LATERAL (
                SELECT greatest(lower(taken.period), (since.day - 60)::timestamptz) AT TIME ZONE place.time_zone
                           - place.check_out_time AS starts,
                       least(upper(taken.period), (since.day + {WINDOW + 60})::timestamptz) AT TIME ZONE place.time_zone
                           - place.check_in_time AS ends) AS wall
            CROSS JOIN LATERAL (
                SELECT wall.starts::date AS first, wall.ends::date + (wall.ends::time > '00:00')::int AS after) AS night
           WHERE taken.unit_id = unit.id AND taken.expires_at IS NULL
             AND taken.period && tstzrange((since.day - 2)::timestamptz, (since.day + {WINDOW + 2})::timestamptz)
      ) AS taken
$$;
"""

TELL = """
CREATE FUNCTION inventory_search_tell(units uuid[]) RETURNS void LANGUAGE sql AS $$
    WITH fresh AS MATERIALIZED (
        SELECT * FROM inventory_search_nights(units)
    ), options AS (
        UPDATE inventory_searchoption AS option SET first_night = fresh.first_night, nights = fresh.nights
          FROM fresh WHERE option.unit_id = fresh.unit_id AND option.unit_id = ANY(units)
    )
    UPDATE inventory_searchentry AS entry SET first_night = fresh.first_night, nights = fresh.nights
      FROM fresh WHERE entry.sole_unit_id = fresh.unit_id AND entry.sole_unit_id = ANY(units)
$$;
"""

# The options of listings as `inventory.options` has them.
WANTED = """
-- One row per leaf unit of each way of giving the listings that are on offer.
CREATE FUNCTION inventory_search_units(listings uuid[])
RETURNS TABLE (listing_id uuid, option_id uuid, unit_id uuid) LANGUAGE sql STABLE AS $$
    SELECT listing.id, unit.id, coalesce(part.part_id, unit.id)
      FROM properties_listing AS listing
      JOIN properties_unit AS unit ON unit.id = listing.unit_id
      LEFT JOIN properties_unitpart AS part ON part.composite_id = unit.id
     WHERE listing.id = ANY(listings) AND unit.is_active AND (unit.kind = 'leaf' OR part.part_id IS NOT NULL)
       AND NOT EXISTS (SELECT FROM properties_unitpart AS each JOIN properties_unit AS leaf ON leaf.id = each.part_id
                        WHERE each.composite_id = unit.id AND NOT leaf.is_active)
     UNION ALL
    SELECT listing.id, unit.id, coalesce(part.part_id, unit.id)
      FROM properties_listing AS listing
      JOIN properties_unit AS unit ON unit.unit_type_id = listing.unit_type_id
      LEFT JOIN properties_unitpart AS part ON part.composite_id = unit.id
     WHERE listing.id = ANY(listings) AND unit.is_active AND (unit.kind = 'leaf' OR part.part_id IS NOT NULL)
       AND NOT EXISTS (SELECT FROM properties_unitpart AS each JOIN properties_unit AS leaf ON leaf.id = each.part_id
                        WHERE each.composite_id = unit.id AND NOT leaf.is_active)
     UNION ALL
    SELECT listing.id, listing.id, unit.id
      FROM properties_listing AS listing
      JOIN properties_unit AS unit ON unit.property_id = listing.property_id
     WHERE listing.id = ANY(listings) AND listing.unit_id IS NULL AND listing.unit_type_id IS NULL
       AND unit.is_active AND unit.kind = 'leaf'
$$;
"""

ON_OFFER = """
    properties_listing AS listing
    JOIN properties_property AS place ON place.id = listing.property_id
    JOIN companies_company AS company ON company.id = listing.company_id
    JOIN pricing_rateplan AS plan ON plan.listing_id = listing.id
"""

IS_ON_OFFER = """
    listing.id = ANY(listings) AND listing.status = 'published' AND place.status = 'published' AND company.is_active
"""


def folded(text: str) -> str:
    return f"lower(unaccent({text}))"


# Column and where it comes from. Ranges without an end end with time.
FACTS = {
    "listing_id": "listing.id",
    "sole_unit_id": "sold.sole_unit_id",
    "property_id": "place.id",
    "category_id": "place.category_id",
    "place_id": "named.id",
    "clock_id": "clock.id",
    "mode": "listing.mode",
    "latitude": "place.latitude",
    "longitude": "place.longitude",
    "max_guests": "listing.max_guests",
    "bedrooms": """coalesce(
        (SELECT unit.bedrooms FROM properties_unit AS unit WHERE unit.id = listing.unit_id),
        (SELECT kind.bedrooms FROM properties_unittype AS kind WHERE kind.id = listing.unit_type_id),
        (SELECT sum(unit.bedrooms) FROM properties_unit AS unit
          WHERE unit.property_id = place.id AND unit.kind = 'leaf' AND unit.is_active), 0)""",
    "min_nights": "least(listing.min_nights, 365)",
    "max_nights": "least(listing.max_nights, 365)",
    "lead_time_hours": "listing.lead_time_hours",
    "booking_window_days": "listing.booking_window_days",
    "relevance": "round((coalesce(place.rating, 4.0) * ln(place.review_count + 2))::numeric * 1000000)::bigint",
    "rating_rank": "(coalesce(place.rating, 0) * 1000000)::bigint + place.review_count",
    "amenities": "has.amenities",
    "amenity_tally": "has.tally",
    "words": folded("concat_ws(' ', listing.title, place.neighbourhood, place.city, category.name)"),
    "currency": "plan.currency",
    "base_price_minor": "plan.base_price_minor",
    "weekday_prices": """CASE WHEN plan.weekday_prices IS NOT NULL THEN ARRAY(
        SELECT coalesce(plan.weekday_prices[day], plan.base_price_minor)
          FROM generate_series(1, 7) AS day ORDER BY day) END""",
    "discount_nights": "discount.nights",
    "discount_points": "discount.points",
    "included_guests": "plan.included_guests",
    "extra_guest_fee_minor": "plan.extra_guest_fee_minor",
    "cleaning_fee_minor": "plan.cleaning_fee_minor",
    "override_starts": "override.starts",
    "override_ends": "override.ends",
    "override_prices": "override.prices",
    "taxes": "tax.plain",
    "taxes_on_all": "tax.on_all",
    "person_taxes": "tax.person",
    "person_tax_ages": "tax.person_ages",
    "person_tax_nights": "tax.person_nights",
}

FROM = f"""
      FROM {ON_OFFER}
      JOIN properties_category AS category ON category.id = place.category_id
      JOIN inventory_searchplace AS named
           ON (named.country, named.region, named.city, named.neighbourhood)
              = (place.country, place.region, place.city, place.neighbourhood)
      JOIN inventory_searchclock AS clock
           ON (clock.time_zone, clock.check_in_time, clock.check_out_time, clock.turnover_days)
              = (place.time_zone, place.check_in_time, place.check_out_time, listing.turnover_days)
      LEFT JOIN (
          SELECT listing_id, (array_agg(unit_id))[1] AS sole_unit_id FROM inventory_search_units(listings)
           GROUP BY listing_id HAVING count(*) = 1) AS sold ON sold.listing_id = listing.id
      LEFT JOIN inventory_search_nights(untold) AS told ON told.unit_id = sold.sole_unit_id
      CROSS JOIN LATERAL (
          SELECT coalesce(bit_or((repeat('0', numbered.number) || '1' || repeat('0', width - numbered.number))::varbit),
                          B'') AS amenities,
                 coalesce(sum(('1' || repeat('0', 4 * numbered.number))::numeric), 0) AS tally
            FROM properties_propertyamenity AS owned
            JOIN inventory_searchamenity AS numbered ON numbered.amenity_id = owned.amenity_id
            CROSS JOIN (SELECT max(number) AS width FROM inventory_searchamenity) AS widest
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
CREATE FUNCTION inventory_search_refresh(listings uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    untold uuid[];
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
       AND NOT EXISTS (SELECT FROM {ON_OFFER} WHERE listing.id = entry.listing_id AND {IS_ON_OFFER});
    DELETE FROM inventory_searchoption AS option
     WHERE option.listing_id = ANY(listings)
       AND NOT EXISTS (SELECT FROM inventory_searchentry AS entry WHERE entry.listing_id = option.listing_id);

    -- Units of which no row tells the nights yet, or by another clock. Nobody may claim between the look at the
    -- calendar and the row that tells it.
    untold := ARRAY(
        SELECT DISTINCT wanted.unit_id
          FROM (SELECT *, count(*) OVER (PARTITION BY listing_id) = 1 AS is_sole
                  FROM inventory_search_units(listings)) AS wanted
          JOIN {ON_OFFER} ON listing.id = wanted.listing_id
          JOIN inventory_searchclock AS clock
               ON (clock.time_zone, clock.check_in_time, clock.check_out_time, clock.turnover_days)
                  = (place.time_zone, place.check_in_time, place.check_out_time, listing.turnover_days)
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
      FROM inventory_search_units(listings) AS wanted
      JOIN inventory_searchentry AS entry ON entry.listing_id = wanted.listing_id
     WHERE entry.sole_unit_id IS NULL
        ON CONFLICT DO NOTHING;
    PERFORM inventory_search_tell(ARRAY(
        SELECT DISTINCT unit_id FROM inventory_searchoption
         WHERE listing_id = ANY(listings) AND first_night IS NULL));
END
$$;
"""

NAME = f"""
-- Numbers for the clocks, places and amenities of listings on offer that have none yet.
CREATE FUNCTION inventory_search_name(listings uuid[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO inventory_searchclock (time_zone, check_in_time, check_out_time, turnover_days)
    SELECT DISTINCT place.time_zone, place.check_in_time, place.check_out_time, listing.turnover_days
      FROM {ON_OFFER}
     WHERE {IS_ON_OFFER}
       AND NOT EXISTS (SELECT FROM inventory_searchclock AS known
                        WHERE (known.time_zone, known.check_in_time, known.check_out_time, known.turnover_days)
                            = (place.time_zone, place.check_in_time, place.check_out_time, listing.turnover_days))
        ON CONFLICT DO NOTHING;
    INSERT INTO inventory_searchplace (country, region, city, neighbourhood, city_key, neighbourhood_key, words)
    SELECT DISTINCT place.country, place.region, place.city, place.neighbourhood,
           {folded("place.city")}, {folded("place.neighbourhood")},
           {folded("concat_ws(' ', place.neighbourhood, place.city, place.region, place.country)")}
      FROM {ON_OFFER}
     WHERE {IS_ON_OFFER}
       AND NOT EXISTS (SELECT FROM inventory_searchplace AS known
                        WHERE (known.country, known.region, known.city, known.neighbourhood)
                            = (place.country, place.region, place.city, place.neighbourhood))
        ON CONFLICT DO NOTHING;
    INSERT INTO inventory_searchamenity (amenity_id)
    SELECT DISTINCT owned.amenity_id
      FROM properties_listing AS listing
      JOIN properties_propertyamenity AS owned ON owned.property_id = listing.property_id
     WHERE listing.id = ANY(listings)
       AND NOT EXISTS (SELECT FROM inventory_searchamenity AS known WHERE known.amenity_id = owned.amenity_id)
        ON CONFLICT DO NOTHING;
$$;
"""

ON_ALLOCATION = """
CREATE FUNCTION inventory_search_on_allocation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    units uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        units := ARRAY(SELECT DISTINCT unit_id FROM new_rows WHERE expires_at IS NULL);
    ELSIF TG_OP = 'DELETE' THEN
        units := ARRAY(SELECT DISTINCT unit_id FROM old_rows WHERE expires_at IS NULL);
    ELSE
        units := ARRAY(
            (SELECT unit_id FROM (SELECT unit_id, period FROM old_rows WHERE expires_at IS NULL
                                  EXCEPT SELECT unit_id, period FROM new_rows WHERE expires_at IS NULL) AS gone)
             UNION
            (SELECT unit_id FROM (SELECT unit_id, period FROM new_rows WHERE expires_at IS NULL
                                  EXCEPT SELECT unit_id, period FROM old_rows WHERE expires_at IS NULL) AS come));
    END IF;
    IF units <> '{}' THEN
        PERFORM inventory_search_tell(units);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER inventory_search_insert AFTER INSERT ON inventory_allocation
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION inventory_search_on_allocation();
CREATE TRIGGER inventory_search_update AFTER UPDATE ON inventory_allocation
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_search_on_allocation();
CREATE TRIGGER inventory_search_delete AFTER DELETE ON inventory_allocation
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION inventory_search_on_allocation();
"""

OF_PROPERTY = "SELECT id FROM properties_listing WHERE property_id IN (SELECT {column} FROM changed)"
OF_PLAN = "SELECT listing_id FROM pricing_rateplan WHERE id IN (SELECT {column} FROM changed)"

# Table, operations, columns that matter, and the listings that changed rows concern.
SOURCES = (
    (
        "properties_listing",
        "INSERT UPDATE DELETE",
        "id, property_id, company_id, unit_type_id, unit_id, mode, status, title, max_guests, min_nights, max_nights,"
        " lead_time_hours, booking_window_days, turnover_days",
        "SELECT id FROM changed",
    ),
    (
        "properties_property",
        "UPDATE",
        "id, category_id, status, neighbourhood, city, region, country, latitude, longitude, time_zone, check_in_time,"
        " check_out_time, rating, review_count",
        OF_PROPERTY.format(column="id"),
    ),
    ("properties_propertyamenity", "INSERT UPDATE DELETE", "property_id, amenity_id", OF_PROPERTY.format(column="property_id")),
    (
        "properties_unit",
        "INSERT UPDATE DELETE",
        "id, property_id, unit_type_id, kind, is_active, bedrooms",
        OF_PROPERTY.format(column="property_id"),
    ),
    (
        "properties_unitpart",
        "INSERT UPDATE DELETE",
        "composite_id, part_id",
        "SELECT listing.id FROM properties_listing AS listing JOIN properties_unit AS unit USING (property_id)"
        " WHERE unit.id IN (SELECT composite_id FROM changed)",
    ),
    ("properties_unittype", "UPDATE", "id, property_id, bedrooms", OF_PROPERTY.format(column="property_id")),
    (
        "properties_category",
        "UPDATE",
        "id, name",
        "SELECT listing.id FROM properties_listing AS listing JOIN properties_property AS place"
        " ON place.id = listing.property_id WHERE place.category_id IN (SELECT id FROM changed)",
    ),
    ("companies_company", "UPDATE", "id, is_active", "SELECT id FROM properties_listing WHERE company_id IN (SELECT id FROM changed)"),
    (
        "pricing_rateplan",
        "INSERT UPDATE DELETE",
        "id, listing_id, currency, base_price_minor, weekday_prices, stay_discounts, included_guests,"
        " extra_guest_fee_minor, cleaning_fee_minor",
        "SELECT listing_id FROM changed",
    ),
    ("pricing_rateplan_taxes", "INSERT UPDATE DELETE", "rateplan_id, tax_id", OF_PLAN.format(column="rateplan_id")),
    (
        "pricing_tax",
        "UPDATE",
        "id, kind, basis_points, amount_minor, exempt_below_age, max_nights, on_cleaning",
        "SELECT plan.listing_id FROM pricing_rateplan AS plan JOIN pricing_rateplan_taxes AS chosen"
        " ON chosen.rateplan_id = plan.id WHERE chosen.tax_id IN (SELECT id FROM changed)",
    ),
    ("pricing_priceoverride", "INSERT UPDATE DELETE", "rate_plan_id, nights, price_minor", OF_PLAN.format(column="rate_plan_id")),
)

_TABLES = {
    "INSERT": "NEW TABLE AS new_rows",
    "UPDATE": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "DELETE": "OLD TABLE AS old_rows",
}


def _changed(operation: str, columns: str) -> str:
    old, new = f"SELECT {columns} FROM old_rows", f"SELECT {columns} FROM new_rows"
    if operation == "UPDATE":
        return f"({old} EXCEPT {new}) UNION ALL ({new} EXCEPT {old})"
    return new if operation == "INSERT" else old


def source_triggers() -> str:
    made = []
    for table, operations, columns, listings in SOURCES:
        for operation in operations.split():
            name = f"inventory_search_{operation.lower()}_{table}"
            made.append(f"""
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM inventory_search_refresh(ARRAY(
        WITH changed AS MATERIALIZED ({_changed(operation, columns)}) SELECT DISTINCT * FROM ({listings}) AS concerned));
    RETURN NULL;
END
$$;
CREATE TRIGGER inventory_search_{operation.lower()} AFTER {operation} ON {table}
    REFERENCING {_TABLES[operation]} FOR EACH STATEMENT EXECUTE FUNCTION {name}();
""")
    return "".join(made)


def no_source_triggers() -> str:
    return "".join(
        f"DROP TRIGGER inventory_search_{operation.lower()} ON {table};"
        f"DROP FUNCTION inventory_search_{operation.lower()}_{table}();"
        for table, operations, _, _ in SOURCES
        for operation in operations.split()
    )


NO_ON_ALLOCATION = """
DROP TRIGGER inventory_search_insert ON inventory_allocation;
DROP TRIGGER inventory_search_update ON inventory_allocation;
DROP TRIGGER inventory_search_delete ON inventory_allocation;
DROP FUNCTION inventory_search_on_allocation();
"""

# A bit and a night change often, on one page: room for that.
ROOM = """
ALTER TABLE inventory_searchentry SET (fillfactor = 80);
ALTER TABLE inventory_searchoption SET (fillfactor = 80);
"""

FILL = "SELECT inventory_search_refresh(ARRAY(SELECT id FROM properties_listing WHERE status = 'published'))"


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0005_search_rows"),
        ("core", "0001_initial"),
        ("companies", "0001_initial"),
        ("properties", "0003_ways_to_book"),
        ("pricing", "0003_basis"),
    ]

    operations = [
        migrations.RunSQL(sql=ROOM, reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(sql=NIGHTS, reverse_sql="DROP FUNCTION inventory_search_nights(uuid[])"),
        migrations.RunSQL(sql=TELL, reverse_sql="DROP FUNCTION inventory_search_tell(uuid[])"),
        migrations.RunSQL(sql=WANTED, reverse_sql="DROP FUNCTION inventory_search_units(uuid[])"),
        migrations.RunSQL(sql=NAME, reverse_sql="DROP FUNCTION inventory_search_name(uuid[])"),
        migrations.RunSQL(sql=REFRESH, reverse_sql="DROP FUNCTION inventory_search_refresh(uuid[])"),
        migrations.RunSQL(sql=ON_ALLOCATION, reverse_sql=NO_ON_ALLOCATION),
        migrations.RunSQL(sql=source_triggers(), reverse_sql=no_source_triggers()),
        migrations.RunSQL(sql=FILL, reverse_sql=migrations.RunSQL.noop),
    ]
