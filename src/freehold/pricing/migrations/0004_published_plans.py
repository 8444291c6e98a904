"""Everything that a price and its rules depend on, in one round trip and with a plan that PostgreSQL keeps.

Working out how to join nine tables takes PostgreSQL four times as long as joining them. Inside a function the plan is
kept for the session, and one plan fits all: each step is a look by key.
"""

from django.db import migrations

PLANS = """
-- The rate plans of the published listings among these, each with the rows that it stands on. Overrides are those of
-- the given nights. Arrays of JSON: taxes in the order of their codes, overrides in that of their nights.
CREATE FUNCTION pricing_published_plans(listings uuid[], during daterange)
RETURNS TABLE (
    listing properties_listing, place properties_property, company companies_company, plan pricing_rateplan,
    policy pricing_cancellationpolicy, slot_rules properties_slotrules, taxes json, overrides json, restrictions json
)
LANGUAGE plpgsql STABLE ROWS 1 SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT listing, place, company, plan, policy, slot_rules,
           (SELECT json_agg(json_build_array(tax.id, tax.code, tax.label, tax.kind, tax.basis_points, tax.amount_minor,
                                             tax.exempt_below_age, tax.max_nights, tax.on_cleaning) ORDER BY tax.code)
              FROM pricing_rateplan_taxes AS link
              JOIN pricing_tax AS tax ON tax.id = link.tax_id
             WHERE link.rateplan_id = plan.id),
           (SELECT json_agg(json_build_array(priced.id, lower(priced.nights), upper(priced.nights),
                                             priced.price_minor, priced.label) ORDER BY priced.nights)
              FROM pricing_priceoverride AS priced
             WHERE priced.rate_plan_id = plan.id AND priced.nights && during),
           (SELECT json_agg(json_build_array(season.id, lower(season.dates), upper(season.dates), season.min_nights,
                                             season.max_nights, season.is_closed_to_arrival,
                                             season.is_closed_to_departure, season.label))
              FROM properties_stayrestriction AS season
             WHERE season.listing_id = listing.id)
      FROM properties_listing AS listing
      JOIN properties_property AS place ON place.id = listing.property_id
      JOIN companies_company AS company ON company.id = listing.company_id
      JOIN pricing_rateplan AS plan ON plan.listing_id = listing.id
      JOIN pricing_cancellationpolicy AS policy ON policy.id = plan.cancellation_policy_id
      LEFT JOIN properties_slotrules AS slot_rules ON slot_rules.listing_id = listing.id
     WHERE listing.id = ANY(listings)
       AND listing.status = 'published' AND place.status = 'published' AND company.is_active;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0001_initial"),
        ("pricing", "0003_basis"),
        ("properties", "0004_day_rules"),
    ]

    operations = [
        migrations.RunSQL(sql=PLANS, reverse_sql="DROP FUNCTION pricing_published_plans(uuid[], daterange)"),
    ]
