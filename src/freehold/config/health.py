"""Liveness and readiness for supervisors and load balancers.

`/healthz` answers while the process can answer. `/readyz` is 200 only when a request would succeed: it
reports every check by name, so that a person sees at once what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from freehold.distribution.selectors import loaded_demo

log = structlog.get_logger(__name__)


SILENT_AFTER_SECONDS = 5


class NotReady(Exception):
    """A check did not pass; the text says what is missing and names no secrets."""


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    outcomes: dict[str, str] = {}
    for name, check in checks().items():
        # Without a database nothing else can be known, and each further question would only wait.
        known = outcomes.get("database", "ok") == "ok"
        outcomes[name] = _outcome(name, check) if known else "unknown"
    ready = all(outcome == "ok" for outcome in outcomes.values())
    return JsonResponse({"status": "ready" if ready else "not ready", "checks": outcomes}, status=200 if ready else 503)


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


def check_demo_data() -> None:
    if loaded_demo() is None:
        raise NotReady("demo data is not loaded")


def check_worker() -> None:
    """A worker beats about once a second; outbox and jobs stand still without one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM core_workerheartbeat WHERE beat_at > clock_timestamp() - make_interval(secs => %s) LIMIT 1",
            [SILENT_AFTER_SECONDS],
        )
        if cursor.fetchone() is None:
            raise NotReady("no worker is running")


def checks() -> dict[str, Callable[[], None]]:
    """The checks of this installation, in the order in which one depends on the other."""
    demo = {"demo_data": check_demo_data} if settings.ENV.demo_data else {}
    return {
        "database": check_database,
        "migrations": check_migrations,
        **demo,
        "worker": check_worker,
    }
