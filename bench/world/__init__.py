"""Worlds of any size, in Freehold's own tables: cities of very different sizes, and calendars for 18 months."""
