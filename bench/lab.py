"""The bench's laboratory: one throw-away PostgreSQL, a database per world, and Django pointed at one of them."""

from __future__ import annotations

import logging
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django
import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from freehold.cli.postgres import DEMO_TUNING, Cluster
from freehold.cli.snapshot import migrate_in_subprocess

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "bench_template"
# Durable as in production: a rate that is bought with lost bookings is no rate.
TUNING = {
    **DEMO_TUNING,
    "shared_buffers": "512MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "512MB",
    "effective_cache_size": "2GB",
    "max_wal_size": "4GB",
    "max_connections": "300",
}


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much of everything. `quick` only shows that the bench works."""

    scales: tuple[int, ...] = (10_000, 100_000)
    repeats: int = 3
    seconds: float = 4.0
    clients: int = 8
    callers: int = 50
    crowd_rounds: int = 10
    searches: int = 150
    search_seconds: float = 20.0
    efforts: int = 150
    events_a_second: int = 200
    intake_seconds: float = 10.0
    calendars: int = 40
    pages: int = 30
    open_listings: int = 3_000
    import_rows: int = 100_000
    categories: int = 1_000
    demo_data: str = "boston"

    @classmethod
    def quick(cls) -> Amounts:
        return cls(
            scales=(200, 400),
            repeats=1,
            seconds=0.3,
            clients=2,
            callers=6,
            crowd_rounds=1,
            searches=5,
            search_seconds=5.0,
            efforts=3,
            events_a_second=20,
            intake_seconds=1.0,
            calendars=2,
            pages=2,
            open_listings=20,
            import_rows=50,
            categories=40,
            demo_data="small",
        )


@dataclass(slots=True)
class Lab:
    """`say` hears what is being done. `cluster` runs and may create databases."""

    cluster: Cluster
    amounts: Amounts
    say: Callable[[str], None]
    # By database: what a bench made there, for the benches after it.
    worlds: dict[str, Any] = field(default_factory=dict)
    markets: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.say("Database tables")
        with self.connect("postgres") as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
        migrate_in_subprocess(self.url(TEMPLATE), from_snapshot=True)
        os.environ.update(self.environment(TEMPLATE))
        django.setup()
        # One line a request is what a server writes; here it would bury the report.
        logging.disable(logging.WARNING)

    def environment(self, database: str) -> dict[str, str]:
        """Of this process and of the servers that it starts: like production, but on 127.0.0.1 without TLS."""
        secret = os.environ.setdefault("FREEHOLD_SECRET_KEY", secrets.token_urlsafe(50))
        return {
            "DJANGO_SETTINGS_MODULE": "freehold.config.settings.demo",
            "FREEHOLD_HOME": str(self.cluster.home / "house"),
            "FREEHOLD_SECRET_KEY": secret,
            "DATABASE_URL": self.url(database),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
            "PYTHONSAFEPATH": "1",
        }

    def url(self, database: str) -> str:
        return re.sub(r"^(\w+://[^/]*/)[^?]*", rf"\g<1>{database}", self.cluster.url)

    def connect(self, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url(database), autocommit=True)

    def create(self, database: str, *, template: str = TEMPLATE) -> None:
        with self.connect("postgres") as connection:
            names = [sql.Identifier(name) for name in (database, template)]
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(names[0]))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))

    def use(self, database: str) -> None:
        """From now on Django talks to this database."""
        connections.close_all()
        # In place: the connection handler holds this very dictionary.
        settings.DATABASES["default"]["NAME"] = database
        connections["default"].settings_dict["NAME"] = database
