"""The look at one listing's calendar, as a function: its plan is kept, and planning is what the look cost.

Who comes too late pays for this look and for little else. The ways of giving a listing are those of
`inventory.options`, one branch each; a test compares the two.
"""

from django.db import migrations

OCCUPANCY = """
-- When the options of a listing are taken during a period, by whom until when: a row per allocation, and one without
-- dates for each leaf unit that nothing takes. Holds whose time is over take nothing.
CREATE FUNCTION inventory_occupancy(of_listing uuid, during tstzrange)
RETURNS TABLE (
    option_id uuid, starts_at timestamptz, ends_at timestamptz, taken_for text, expires_at timestamptz,
    occupied_at timestamptz, vacated_at timestamptz, claim_id uuid
)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    listing properties_listing;
    options uuid[];
    leaves uuid[];
    moment timestamptz := freehold_now();
BEGIN
    SELECT * INTO listing FROM properties_listing WHERE id = of_listing;
    IF listing.unit_id IS NULL AND listing.unit_type_id IS NULL THEN
        SELECT array_agg(listing.id), array_agg(unit.id)
          INTO options, leaves
          FROM properties_unit AS unit
         WHERE unit.property_id = listing.property_id AND unit.is_active AND unit.kind = 'leaf';
    ELSE
        SELECT array_agg(unit.id), array_agg(coalesce(part.part_id, unit.id))
          INTO options, leaves
          FROM (SELECT * FROM properties_unit WHERE id = listing.unit_id
                 UNION ALL
                SELECT * FROM properties_unit WHERE unit_type_id = listing.unit_type_id) AS unit
          LEFT JOIN properties_unitpart AS part ON part.composite_id = unit.id
         WHERE unit.is_active AND (unit.kind = 'leaf' OR part.part_id IS NOT NULL)
           AND NOT EXISTS (SELECT FROM properties_unitpart AS each
                             JOIN properties_unit AS leaf ON leaf.id = each.part_id
                            WHERE each.composite_id = unit.id AND NOT leaf.is_active);
    END IF;
    RETURN QUERY
    SELECT option.option_id, lower(allocation.period), upper(allocation.period), claim.purpose::text,
           allocation.expires_at, lower(claim.period), upper(claim.period), claim.id
      FROM unnest(options, leaves) AS option (option_id, unit_id)
      LEFT JOIN inventory_allocation AS allocation
             ON allocation.unit_id = option.unit_id AND allocation.period && during
            AND (allocation.expires_at IS NULL OR allocation.expires_at > moment)
      LEFT JOIN inventory_claim AS claim ON claim.id = allocation.claim_id
     ORDER BY 1, 2;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0008_search_refresh_by_listing"),
        ("properties", "0004_day_rules"),
    ]

    operations = [
        migrations.RunSQL(sql=OCCUPANCY, reverse_sql="DROP FUNCTION inventory_occupancy(uuid, tstzrange)"),
    ]
