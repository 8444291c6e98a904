"""Use cases of bookings: one file each."""
