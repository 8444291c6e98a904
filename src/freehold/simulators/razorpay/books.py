"""Razorpay's tables. A "payment" is one try at an order; an order may see many, and one that is captured pays it."""

import secrets
import string

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    id TEXT PRIMARY KEY,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    receipt TEXT,
    notes TEXT NOT NULL,
    capture TEXT NOT NULL CHECK (capture IN ('automatic', 'manual')),
    automatic_expiry_s REAL NOT NULL,
    manual_expiry_s REAL NOT NULL,
    created REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS orders_receipt ON orders (receipt);
CREATE INDEX IF NOT EXISTS orders_created ON orders (created);

CREATE TABLE IF NOT EXISTS payment (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders,
    amount INTEGER NOT NULL CHECK (amount > 0),
    currency TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('created', 'authorized', 'captured', 'refunded', 'failed')),
    captured INTEGER NOT NULL DEFAULT 0,
    method TEXT NOT NULL,
    email TEXT NOT NULL,
    contact TEXT NOT NULL,
    error_reason TEXT,
    late_authorized INTEGER NOT NULL DEFAULT 0,
    refunds_take_s REAL,
    refunds_fail_s REAL,
    created REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS payment_order ON payment (order_id);
CREATE INDEX IF NOT EXISTS payment_created ON payment (created);

CREATE TABLE IF NOT EXISTS refund (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payment,
    amount INTEGER NOT NULL CHECK (amount > 0),
    status TEXT NOT NULL CHECK (status IN ('pending', 'processed', 'failed')),
    receipt TEXT,
    notes TEXT NOT NULL,
    speed TEXT NOT NULL,
    created REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS refund_payment ON refund (payment_id);
CREATE INDEX IF NOT EXISTS refund_created ON refund (created);

CREATE TABLE IF NOT EXISTS dispute (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES payment,
    amount INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'under_review', 'won', 'lost', 'closed')),
    amount_deducted INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS payout (
    id TEXT PRIMARY KEY,
    account_number TEXT NOT NULL,
    fund_account_id TEXT NOT NULL,
    amount INTEGER NOT NULL CHECK (amount > 0),
    status TEXT NOT NULL CHECK (status IN ('queued', 'processing', 'processed', 'reversed', 'failed')),
    mode TEXT NOT NULL,
    purpose TEXT NOT NULL,
    reference_id TEXT,
    narration TEXT,
    notes TEXT NOT NULL,
    failure_reason TEXT,
    created REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS payout_created ON payout (created);

-- The secret that a message was signed with when it was made: it keeps it when the merchant takes another.
CREATE TABLE IF NOT EXISTS signed_with (
    event_id TEXT PRIMARY KEY REFERENCES event (id),
    secret TEXT NOT NULL
) STRICT;
"""

ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """ "order_" and fourteen letters or digits, as Razorpay writes them; without a prefix for events."""
    name = "".join(secrets.choice(ALPHABET) for _ in range(14))
    return f"{prefix}_{name}" if prefix else name
