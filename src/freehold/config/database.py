"""Django's DATABASES entry from a PostgreSQL address: timeouts on every connection, one connection per thread."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from freehold.config.env import Environment

APPLICATION_NAME = "freehold"
# A server process of PostgreSQL grows with what it has seen; a new one now and then is cheap.
CONNECTION_LIFE_SECONDS = 600


def database_settings(env: Environment) -> dict[str, Any]:
    """Settings for the one database.

    Timeouts travel as connection options, so that each connection has them from its first statement; a value
    of 0 switches one off. So does the list of the audit's triggers that are to be silent, which is empty: where
    there is no list, each audited row costs an error that is caught. A thread keeps its connection and looks
    whether it lives before each request.
    """
    parts = urlsplit(env.database_url.get_secret_value())
    settings = {
        "statement_timeout": env.statement_timeout_ms,
        "lock_timeout": env.lock_timeout_ms,
        "idle_in_transaction_session_timeout": env.idle_in_transaction_timeout_ms,
        "pgtrigger.ignore": "{}",
    }
    options: dict[str, Any] = {
        "application_name": APPLICATION_NAME,
        "connect_timeout": 5,
        **dict(parse_qsl(parts.query)),
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": CONNECTION_LIFE_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
