"""The simulator's own tables: tokens, pushes, movements of money, requests that are answered later. Whole shillings."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS access_token (value TEXT PRIMARY KEY, expires_at REAL NOT NULL) STRICT;

CREATE TABLE IF NOT EXISTS push (
    id TEXT PRIMARY KEY,
    merchant_request_id TEXT NOT NULL UNIQUE,
    token TEXT NOT NULL UNIQUE,
    phone TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    reference TEXT NOT NULL,
    description TEXT NOT NULL,
    callback_url TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'acting', 'done')),
    result_code TEXT,
    created REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS push_phone ON push (phone, created);

CREATE TABLE IF NOT EXISTS movement (
    receipt TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('push', 'c2b', 'b2c', 'b2b', 'reversal')),
    amount INTEGER NOT NULL CHECK (amount <> 0),
    party TEXT NOT NULL,
    reference TEXT NOT NULL,
    conversation TEXT NOT NULL,
    related TEXT,
    created REAL NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS movement_reversed_once ON movement (related) WHERE kind = 'reversal';
CREATE INDEX IF NOT EXISTS movement_conversation ON movement (conversation);

CREATE TABLE IF NOT EXISTS request (
    conversation TEXT PRIMARY KEY,
    originator TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('b2c', 'b2b', 'reversal', 'status')),
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'done', 'failed', 'dropped')),
    result_code TEXT,
    receipt TEXT,
    created REAL NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS c2b_address (
    shortcode TEXT PRIMARY KEY,
    confirmation_url TEXT NOT NULL,
    validation_url TEXT NOT NULL,
    completes INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS plan (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    outcome TEXT NOT NULL,
    code TEXT NOT NULL,
    delay_s REAL NOT NULL,
    remaining INTEGER NOT NULL
) STRICT;
"""
