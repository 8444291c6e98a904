"""Stripe's objects as they are shown, one row each, and what it knows beside them."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS thing (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    parent TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX IF NOT EXISTS thing_kind ON thing (account, kind, sequence);
CREATE INDEX IF NOT EXISTS thing_parent ON thing (parent) WHERE parent <> '';

CREATE TABLE IF NOT EXISTS note (
    object_id TEXT NOT NULL REFERENCES thing (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (object_id, name)
) STRICT;

CREATE TABLE IF NOT EXISTS endpoint (
    id TEXT PRIMARY KEY REFERENCES thing (id),
    url TEXT NOT NULL,
    secrets TEXT NOT NULL
) STRICT;
"""
