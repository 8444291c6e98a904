"""The stays API: accounts in cookies, listings, bookings. Its clients keep working; docs/compat.md says how."""
