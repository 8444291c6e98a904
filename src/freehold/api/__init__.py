"""The HTTP API: one error shape, one idempotency rule, one set of limits; the rooms do the work."""
