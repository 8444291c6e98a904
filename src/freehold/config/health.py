"""Liveness and readiness for supervisors and load balancers.

`/healthz` answers while the process can answer. `/readyz` is 200 only when a request would succeed: it
reports every check by name, so that a person sees at once what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import structlog
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

log = structlog.get_logger(__name__)


class NotReady(Exception):
    """A check did not pass; the text says what is missing and names no secrets."""


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    checks = {name: _outcome(name, check) for name, check in CHECKS.items()}
    ready = all(outcome == "ok" for outcome in checks.values())
    return JsonResponse({"status": "ready" if ready else "not ready", "checks": checks}, status=200 if ready else 503)


def _outcome(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except NotReady as reason:
        return str(reason)
    except DatabaseError as error:
        log.warning("readiness_check_failed", check=name, error=type(error).__name__)
        return "database error"
    return "ok"


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


# Migrations that were complete once stay complete for the life of this process.
_migrations_complete = Event()


def check_migrations() -> None:
    if _migrations_complete.is_set():
        return
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise NotReady("migrations are pending")
    _migrations_complete.set()


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
}
