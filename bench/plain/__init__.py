"""The plain design that most booking sites begin with, as a baseline: a model serializer, a row lock, a query for
overlaps, token authentication that loads the user. No constraint, no idempotency, no limits, no itemised price."""
