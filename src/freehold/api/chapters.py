"""Chapters of the reference, in its order. The settings read this before the framework may load."""

CHAPTERS = [
    {"name": "places", "description": "Finding a place: search, listings, what is free and what it costs."},
    {"name": "bookings", "description": "Quoting, booking and paying."},
    {"name": "auth", "description": "Signing in: passwords, codes, passkeys, second factors, tokens."},
    {"name": "me", "description": "One's own profile, devices and data."},
    {"name": "companies", "description": "Companies, their people and their keys."},
    {"name": "host", "description": "For companies: what they offer, their bookings and their money."},
    {"name": "administration", "description": "For administrators of the platform."},
    {"name": "estate API: auth", "description": "The estate API, an older one (docs/compat.md): accounts and tokens."},
    {"name": "estate API: places", "description": "The estate API: categories and properties."},
    {"name": "estate API: bookings", "description": "The estate API: a slot, or a place altogether."},
    {"name": "estate API: payments", "description": "The estate API: Stripe and bKash."},
    {"name": "stays API: accounts", "description": "An older API (docs/compat.md): accounts, tokens in cookies."},
    {"name": "stays API: listings", "description": "The stays API: places by the night."},
    {"name": "stays API: bookings", "description": "The stays API: nights."},
    {"name": "resort API", "description": "An older API (docs/compat.md): rooms of a resort together, by Razorpay."},
]
