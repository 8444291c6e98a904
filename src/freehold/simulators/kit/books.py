"""A simulator's own books: one SQLite file, every change committed before anybody hears of it.

One process, one thread and one connection own the file, so that a transaction needs no lock of its own. WAL with
synchronous=FULL keeps a committed change through kill -9 and through a power cut.
"""

import json
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

type Row = sqlite3.Row

SHARED_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    created REAL NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS delivery (
    id INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL REFERENCES event (id),
    state TEXT NOT NULL CHECK (state IN ('owed', 'delivered', 'given_up')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL,
    created REAL NOT NULL,
    address TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_owed ON delivery (next_at) WHERE state = 'owed';
CREATE INDEX IF NOT EXISTS delivery_event ON delivery (event_id);

CREATE TABLE IF NOT EXISTS delivery_attempt (
    id INTEGER PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES delivery,
    at REAL NOT NULL,
    status INTEGER,
    error TEXT,
    duration_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_attempt_delivery ON delivery_attempt (delivery_id);

CREATE TABLE IF NOT EXISTS job (
    id INTEGER PRIMARY KEY,
    due_at REAL NOT NULL,
    action TEXT NOT NULL,
    object_id TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS job_due ON job (due_at);

CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created REAL NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS fault (
    id INTEGER PRIMARY KEY,
    operation TEXT NOT NULL,
    kind TEXT NOT NULL,
    executed INTEGER NOT NULL,
    remaining INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""


def _nothing() -> None:
    """Nobody waits for commits yet."""


class Books:
    """Connection, transactions and the simulator's movable clock. Times are Unix seconds."""

    def __init__(self, path: Path, schema: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(schema + SHARED_SCHEMA)
        self._add_addresses()
        self._offset_s = float(self.setting("clock_offset_s", "0"))
        self.after_commit: Callable[[], None] = _nothing

    def _add_addresses(self) -> None:
        """Books of an earlier version have deliveries without an address of their own."""
        if all(column["name"] != "address" for column in self.rows("PRAGMA table_info(delivery)")):
            self._connection.execute("ALTER TABLE delivery ADD COLUMN address TEXT")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; `after_commit` runs once the change is on disk."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        self.after_commit()

    def write(self, sql: str, **values: Any) -> int:
        """Execute a statement with named parameters inside the open transaction; the last row id."""
        assert self._connection.in_transaction, "writes belong in a transaction"
        return self._connection.execute(sql, values).lastrowid or 0

    def insert(self, table: str, **values: Any) -> int:
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        return self.write(f"INSERT INTO {table} ({names}) VALUES ({places})", **values)  # noqa: S608

    def schedule(self, action: str, object_id: str, *, due_at: float) -> None:
        """Plan a change: the courier runs the job of this name when the simulator's clock reaches `due_at`."""
        self.insert("job", due_at=due_at, action=action, object_id=object_id)

    def rows(self, sql: str, **values: Any) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, **values: Any) -> Row | None:
        row: Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def number(self, sql: str, **values: Any) -> int:
        """The single integer that the query selects, 0 for NULL."""
        return int(self._connection.execute(sql, values).fetchone()[0] or 0)

    def setting(self, name: str, default: str) -> str:
        row = self.row("SELECT value FROM setting WHERE name = :name", name=name)
        return default if row is None else str(row["value"])

    def set(self, name: str, value: str) -> None:
        """Keep a setting. Call inside a transaction."""
        self.write(
            "INSERT INTO setting VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name=name,
            value=value,
        )

    def now(self) -> float:
        """The simulator's clock in Unix seconds, to the millisecond."""
        return round(time.time() + self._offset_s, 3)

    @property
    def clock_offset_s(self) -> float:
        return self._offset_s

    def move_clock(self, offset_s: float) -> None:
        """Set how far the simulator's clock is ahead of the machine's. Call inside a transaction."""
        self.set("clock_offset_s", str(offset_s))
        self._offset_s = offset_s

    def forget_everything(self) -> None:
        """Empty every table and put the clock right, as if nothing had ever happened. Call inside a transaction."""
        self._connection.execute("PRAGMA defer_foreign_keys = ON")
        for table in self._tables():
            self.write(f"DELETE FROM {table}")  # noqa: S608
        self._offset_s = 0.0

    def _tables(self) -> list[str]:
        names = self.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return [str(table["name"]) for table in names]

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """Every table with all its rows: for tests that compare these books with others."""
        return {
            table: [dict(row) for row in self.rows(f"SELECT * FROM {table}")]  # noqa: S608
            for table in self._tables()
        }

    def close(self) -> None:
        self._connection.close()


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
