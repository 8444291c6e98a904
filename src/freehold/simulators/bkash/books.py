"""The tables of bKash's books. Amounts are paisa, times Unix seconds."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS token (
    value TEXT PRIMARY KEY,
    refresh TEXT NOT NULL UNIQUE,
    product TEXT NOT NULL,
    expires_at REAL NOT NULL,
    created REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS token_refresh (id INTEGER PRIMARY KEY, at REAL NOT NULL) STRICT;

CREATE TABLE IF NOT EXISTS payment (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    signature TEXT NOT NULL,
    payer_reference TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    intent TEXT NOT NULL CHECK (intent IN ('sale', 'authorization')),
    invoice TEXT NOT NULL UNIQUE,
    callback_url TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN
        ('initiated', 'authorized', 'completed', 'failed', 'cancelled', 'voided')),
    verified INTEGER NOT NULL DEFAULT 0,
    refuse_code TEXT,
    taken INTEGER,
    notice_after TEXT NOT NULL DEFAULT '[0.0]',
    trx_id TEXT UNIQUE,
    executed_at REAL,
    created REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS payment_created ON payment (created);

CREATE TABLE IF NOT EXISTS opened (payment_id TEXT PRIMARY KEY REFERENCES payment) STRICT;

CREATE TABLE IF NOT EXISTS refund (
    trx_id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payment,
    amount INTEGER NOT NULL CHECK (amount > 0),
    status TEXT NOT NULL,
    sku TEXT NOT NULL,
    reason TEXT NOT NULL,
    created REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS refund_payment ON refund (payment_id);

CREATE TABLE IF NOT EXISTS payout (
    trx_id TEXT PRIMARY KEY,
    invoice TEXT NOT NULL UNIQUE,
    amount INTEGER NOT NULL CHECK (amount > 0),
    msisdn TEXT NOT NULL,
    created REAL NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS credit (
    trx_id TEXT PRIMARY KEY,
    amount INTEGER NOT NULL CHECK (amount > 0),
    reference TEXT NOT NULL,
    transaction_type TEXT NOT NULL,
    msisdn TEXT NOT NULL,
    created REAL NOT NULL
) STRICT;
"""
