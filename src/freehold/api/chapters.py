"""Chapters of the reference, in its order. The settings read this before the framework may load."""

CHAPTERS = [
    {"name": "places", "description": "Finding a place: search, listings, what is free and what it costs."},
    {"name": "bookings", "description": "Quoting, booking and paying."},
    {"name": "auth", "description": "Signing in: passwords, codes, passkeys, second factors, tokens."},
    {"name": "me", "description": "One's own profile, devices and data."},
    {"name": "companies", "description": "Companies, their people and their keys."},
    {"name": "host", "description": "For companies: what they offer, their bookings and their money."},
    {"name": "administration", "description": "For administrators of the platform."},
    {"name": "estate API", "description": "An older API: places by the slot or altogether. See docs/compat.md."},
    {"name": "stays API", "description": "An older API: places by the night, tokens in cookies. See docs/compat.md."},
    {"name": "resort API", "description": "An older API: rooms of a resort together. See docs/compat.md."},
]
