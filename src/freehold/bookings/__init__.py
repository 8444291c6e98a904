"""The customer's commitment: holds, bookings, guests and their lifecycle."""
