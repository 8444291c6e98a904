"""What a listing would take: one option per way of giving it, each a set of leaf units.

    unit           one option: the unit's leaves (itself, or the parts of a composite)
    unit type      one option per active unit of the type
    neither        one option: every active leaf unit of the property

A composite is in use when it is and all of its parts are.

An SQL fragment instead of a view, because a view would freeze the columns below it, and because the search needs it
on the listings that it has already chosen.
"""


def options_of_listings(listings: str) -> str:
    """A subquery with the columns listing_id, option_id, unit_id: one row per leaf unit of each option.

    `listings` is constant SQL: a relation with the columns id, property_id, unit_id and unit_type_id.
    """
    return f"""(
        SELECT listing.id AS listing_id, unit.id AS option_id, coalesce(part.part_id, unit.id) AS unit_id
          FROM {listings} AS listing
          JOIN properties_unit AS unit ON unit.id = listing.unit_id
          LEFT JOIN properties_unitpart AS part ON part.composite_id = unit.id
         WHERE unit.is_active AND (unit.kind = 'leaf' OR part.part_id IS NOT NULL)
           AND NOT EXISTS (SELECT FROM properties_unitpart AS each
                             JOIN properties_unit AS leaf ON leaf.id = each.part_id
                            WHERE each.composite_id = unit.id AND NOT leaf.is_active)
         UNION ALL
        SELECT listing.id, unit.id, coalesce(part.part_id, unit.id)
          FROM {listings} AS listing
          JOIN properties_unit AS unit ON unit.unit_type_id = listing.unit_type_id
          LEFT JOIN properties_unitpart AS part ON part.composite_id = unit.id
         WHERE unit.is_active AND (unit.kind = 'leaf' OR part.part_id IS NOT NULL)
           AND NOT EXISTS (SELECT FROM properties_unitpart AS each
                             JOIN properties_unit AS leaf ON leaf.id = each.part_id
                            WHERE each.composite_id = unit.id AND NOT leaf.is_active)
         UNION ALL
        SELECT listing.id, listing.id, unit.id
          FROM {listings} AS listing
          JOIN properties_unit AS unit ON unit.property_id = listing.property_id
         WHERE listing.unit_id IS NULL AND listing.unit_type_id IS NULL AND unit.is_active AND unit.kind = 'leaf'
    )"""  # noqa: S608 - composed of constants


LISTING_OPTIONS = options_of_listings("properties_listing")
