"""`./freehold doctor`: looks at everything that an installation stands on, and says how to mend what is wrong."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import psycopg

from freehold.cli.installation import installation, is_external, is_running
from freehold.cli.postgres import EXTENSIONS

OLDEST_POSTGRESQL = 15
LARGEST_SKEW_SECONDS = 2.0
LEAST_FREE_BYTES = 500 * 1024 * 1024
MARKS = {"ok": click.style("ok  ", fg="green"), "note": click.style("note", fg="yellow")}
WRONG = click.style("BAD ", fg="red")


@dataclass(frozen=True, slots=True)
class Finding:
    """`state`: ok, note (works, but worth knowing) or wrong. `mend` tells what to do."""

    subject: str
    state: str
    detail: str
    mend: str = ""


@click.command()
def doctor() -> None:
    """Check Python, database, extensions, migrations, storage, gateways, worker and clock."""
    wrong = 0
    for finding in examine():
        click.echo(f"{MARKS.get(finding.state, WRONG)}  {finding.subject:<12} {finding.detail}")
        if finding.mend:
            click.echo(f"{'':<19}-> {finding.mend}")
        wrong += finding.state == "wrong"
    if wrong:
        raise click.ClickException(f"{wrong} thing(s) to mend.")
    click.echo("All is well.")


def examine() -> Iterator[Finding]:
    yield _python()
    from freehold.config.env import BadEnvironment

    # Of a home whose demo is not running, nobody expects a worker and a gateway.
    absent = "wrong" if is_external() or is_running() else "note"
    try:
        with installation():
            import django

            django.setup()
            yield from _installed(absent)
    except BadEnvironment as error:
        for problem in error.problems:
            yield Finding("settings", "wrong", problem, "correct this variable of the environment")


def _installed(absent: str) -> Iterator[Finding]:
    database = _database()
    yield database
    if database.state == "wrong":
        return
    for look in (_extensions, _migrations, _accounts, _outbox, _clock, _storage, _mail):
        yield look()
    yield _worker(absent)
    yield from _gateways(absent)


def _python() -> Finding:
    return Finding("Python", "ok", f"{platform.python_version()} at {sys.executable}")


def _database() -> Finding:
    from django.conf import settings
    from django.db import connection

    if not settings.DATABASES["default"]["NAME"]:
        return Finding("database", "wrong", "no address", "set DATABASE_URL, or leave FREEHOLD_MODE empty")
    try:
        # Not through the pool, which hides the reason of a failure.
        psycopg.connect(settings.ENV.database_url.get_secret_value(), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        return Finding("database", "wrong", reason, "start PostgreSQL, or correct DATABASE_URL")
    major = connection.get_database_version()[0]
    if major < OLDEST_POSTGRESQL:
        return Finding("database", "wrong", f"PostgreSQL {major}", f"upgrade to {OLDEST_POSTGRESQL} or newer")
    if _one("SELECT usesuper FROM pg_user WHERE usename = current_user"):
        return Finding(
            "database",
            "note",
            f"PostgreSQL {major}; the application connects as a superuser",
            "give it a role that owns its database and nothing else",
        )
    return Finding("database", "ok", f"PostgreSQL {major}, role {_one('SELECT current_user')}")


def _extensions() -> Finding:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        present = {name for (name,) in cursor.fetchall()}
    missing = [name for name in EXTENSIONS if name not in present]
    if missing:
        commands = " ".join(f"CREATE EXTENSION {name};" for name in missing)
        return Finding("extensions", "wrong", f"missing: {', '.join(missing)}", f"as a superuser: {commands}")
    return Finding("extensions", "ok", ", ".join(EXTENSIONS))


def _migrations() -> Finding:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        return Finding("migrations", "wrong", f"{len(pending)} to apply", "./freehold manage migrate")
    return Finding("migrations", "ok", "all applied")


def _accounts() -> Finding:
    from django.conf import settings
    from django.contrib.auth import get_user_model

    if not _has_table("accounts_user"):
        return Finding("accounts", "note", "no tables yet")
    demo = get_user_model().objects.filter(is_demo=True, is_active=True).count()
    if demo and settings.ENV.is_production:
        return Finding("accounts", "wrong", f"{demo} demo account(s)", "delete them: their passwords are published")
    return Finding("accounts", "ok", f"{demo} demo account(s)" if demo else "no demo accounts")


def _worker(absent: str) -> Finding:
    alive = _has_table("core_workerheartbeat") and _one(
        "SELECT count(*) FROM core_workerheartbeat WHERE beat_at > clock_timestamp() - interval '5 seconds'"
    )
    if alive:
        return Finding("worker", "ok", f"{alive} running")
    return Finding("worker", absent, "none is running", "./freehold worker (or ./freehold demo, which has one)")


def _outbox() -> Finding:
    dead = _has_table("core_outboxmessage") and _one("SELECT count(*) FROM core_outboxmessage WHERE state = 'dead'")
    if dead:
        return Finding("outbox", "note", f"{dead} message(s) given up", "see them under /admin/core/outboxmessage/")
    return Finding("outbox", "ok", "nothing given up")


def _clock() -> Finding:
    before = datetime.now(UTC)
    database = _one("SELECT clock_timestamp()")
    after = datetime.now(UTC)
    skew = (database - (before + (after - before) / 2)).total_seconds()
    if abs(skew) > LARGEST_SKEW_SECONDS:
        return Finding("clock", "wrong", f"{skew:+.1f} s apart from the database", "synchronise both with NTP")
    return Finding("clock", "ok", f"{skew:+.3f} s apart from the database")


def _storage() -> Finding:
    from django.conf import settings

    media = Path(settings.MEDIA_ROOT)
    try:
        media.mkdir(parents=True, exist_ok=True)
        probe = media / ".doctor"
        probe.write_bytes(b"ok")
        probe.unlink()
    except OSError as error:
        return Finding("storage", "wrong", f"{media}: {error.strerror}", "make the directory writable for this user")
    free = shutil.disk_usage(media).free
    if free < LEAST_FREE_BYTES:
        return Finding("storage", "wrong", f"only {free // 1024**2} MiB free at {media}", "make room on this disk")
    return Finding("storage", "ok", f"{media}, {free // 1024**3} GiB free")


def _gateways(absent: str) -> Iterator[Finding]:
    from django.conf import settings

    env = settings.ENV
    if not env.payment_gateways:
        yield Finding("gateways", "note", "none configured: nobody can pay online", "set FREEHOLD_PAYMENT_GATEWAYS")
    if "sandbox" in env.payment_gateways:
        mend = "./freehold demo starts it; alone: ./freehold simulate sandbox"
        yield _answers("gateways", f"sandbox at {env.sandbox_url}", env.sandbox_url, absent, mend)


def _mail() -> Finding:
    from urllib.parse import urlsplit

    from django.conf import settings

    from freehold.config.env import MAIL_SECURITY

    url = settings.ENV.mail_url.get_secret_value()
    if not url:
        return Finding("mail", "ok", f"captured in {settings.ENV.home / 'mailbox'}")
    parts = urlsplit(url)
    address = f"tcp://{parts.hostname}:{parts.port or MAIL_SECURITY[parts.scheme][1]}"
    return _answers("mail", f"server {parts.hostname}", address, "wrong", "correct FREEHOLD_MAIL_URL")


def _answers(subject: str, what: str, url: str, otherwise: str, mend: str) -> Finding:
    import socket
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        socket.create_connection((parts.hostname or "", port), timeout=3).close()
    except OSError as error:
        return Finding(subject, otherwise, f"{what} does not answer ({error})", mend)
    return Finding(subject, "ok", f"{what} answers")


def _one(query: str) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return row[0] if row else None


def _has_table(name: str) -> bool:
    return bool(_one(f"SELECT to_regclass('{name}') IS NOT NULL"))
