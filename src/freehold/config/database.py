"""Django's DATABASES entry from a PostgreSQL address: timeouts on every connection, a pool for servers."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from freehold.config.env import Environment

APPLICATION_NAME = "freehold"
# Longer than a restart of PostgreSQL, shorter than the patience of a person.
POOL_PATIENCE_SECONDS = 4.0


def database_settings(env: Environment, *, pooled: bool) -> dict[str, Any]:
    """Settings for the one database. `pooled` is for long-lived processes with several threads.

    Timeouts travel as connection options, so that each connection has them from its first statement; a value
    of 0 switches one off.
    """
    parts = urlsplit(env.database_url.get_secret_value())
    timeouts = {
        "statement_timeout": env.statement_timeout_ms,
        "lock_timeout": env.lock_timeout_ms,
        "idle_in_transaction_session_timeout": env.idle_in_transaction_timeout_ms,
    }
    options: dict[str, Any] = {
        "application_name": APPLICATION_NAME,
        "connect_timeout": 5,
        **dict(parse_qsl(parts.query)),
        "options": " ".join(f"-c {name}={value}" for name, value in timeouts.items()),
    }
    if pooled:
        options["pool"] = {"min_size": 1, "max_size": env.database_pool_size, "timeout": POOL_PATIENCE_SECONDS}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
