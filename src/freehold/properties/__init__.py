"""What exists: categories, amenities, properties, unit types, units, listings and media."""
