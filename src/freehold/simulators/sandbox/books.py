"""The gateway's own tables: payments, charges, refunds, payouts and its ledger."""

ACCOUNT = "acct_sandbox"

SCHEMA = """
CREATE TABLE IF NOT EXISTS payment (
    id TEXT PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    reference TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    description TEXT NOT NULL,
    merchant TEXT NOT NULL,
    payer TEXT NOT NULL,
    return_url TEXT NOT NULL,
    notify_url TEXT NOT NULL,
    expires_at REAL NOT NULL,
    capture TEXT NOT NULL CHECK (capture IN ('automatic', 'manual')),
    metadata TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN
        ('open', 'processing', 'authorized', 'paid', 'canceled', 'expired')),
    amount_capturable INTEGER NOT NULL DEFAULT 0,
    error_code TEXT,
    refund_failure_s REAL,
    created REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS payment_created ON payment (created);

CREATE TABLE IF NOT EXISTS charge (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payment,
    amount INTEGER NOT NULL CHECK (amount > 0),
    created REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS charge_payment ON charge (payment_id);

CREATE TABLE IF NOT EXISTS refund (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payment,
    amount INTEGER NOT NULL CHECK (amount > 0),
    status TEXT NOT NULL CHECK (status IN ('succeeded', 'failed')),
    failure_code TEXT,
    reason TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS refund_payment ON refund (payment_id);

CREATE TABLE IF NOT EXISTS payout (
    id TEXT PRIMARY KEY,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('paid', 'failed', 'reversed')),
    failure_code TEXT,
    destination TEXT NOT NULL,
    purpose TEXT NOT NULL,
    description TEXT NOT NULL,
    notify_url TEXT NOT NULL,
    metadata TEXT NOT NULL,
    created REAL NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS ledger_line (
    sequence INTEGER PRIMARY KEY,
    source_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    related_id TEXT,
    created REAL NOT NULL
) STRICT;
"""
