"""Real bookings of the past, made again by the real services under a clock that follows them."""
