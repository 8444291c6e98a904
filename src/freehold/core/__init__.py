"""The floor every room stands on: base models, scopes, events, outbox, idempotency, audit, errors and the clock."""
