"""The way back: each migration can be taken back, so that a release can."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.migrations.loader import MigrationLoader

from freehold.cli import snapshot
from freehold.cli.postgres import TEST_TUNING, Cluster
from tests.architecture.test_snapshot import tables as dumped

SECONDS = 300


def own_migrations() -> list[tuple[str, str, list[object]]]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return [
        (app, name, list(migration.operations))
        for (app, name), migration in sorted(loader.disk_migrations.items())
        if type(migration).__module__.startswith("freehold.")
    ]


def rooms() -> list[str]:
    return sorted({app for app, _name, _operations in own_migrations()})


def test_each_migration_can_be_taken_back() -> None:
    one_way = [
        f"{app}.{name}: {type(operation).__name__}"
        for app, name, operations in own_migrations()
        for operation in operations
        if not operation.reversible  # type: ignore[attr-defined]
    ]
    assert one_way == []
    assert len(rooms()) >= 10


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="freehold-home-", ignore_cleanup_errors=True) as folder:
        cluster = Cluster(Path(folder), tuning=TEST_TUNING)
        cluster.start()
        yield cluster
        cluster.stop()


def test_the_way_back_and_forth_ends_with_the_same_tables(cluster: Cluster) -> None:
    """Room by room to the release before, and forward again: what `docs/operations.md` tells operators to do."""
    snapshot.migrate_in_subprocess(cluster.url, from_snapshot=True)
    before = tables(cluster.url)

    take_back(cluster.url)
    assert tables(cluster.url) != before
    snapshot.migrate_in_subprocess(cluster.url, from_snapshot=False)

    assert tables(cluster.url) == before


def tables(url: str) -> list[str]:
    """Without the counter of the migrations, which counts what was taken back too."""
    return [line for line in dumped(url) if "django_migrations_id_seq" not in line]


def previous() -> dict[str, str]:
    """Each room, and what to go back to: the migration before its last, where there is one."""
    names: dict[str, list[str]] = {}
    for app, name, _operations in own_migrations():
        names.setdefault(app, []).append(name)
    return {app: each[-2] if len(each) > 1 else each[-1] for app, each in names.items()}


def take_back(url: str) -> None:
    """In a process of its own: Django is set up once per process."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", TAKE_BACK, json.dumps(previous())],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "freehold.config.settings.test",
            "FREEHOLD_STATEMENT_TIMEOUT_MS": "0",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
    )
    assert done.returncode == 0, done.stderr[-3000:]


TAKE_BACK = """
import json, sys
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
for room, release in json.loads(sys.argv[1]).items():
    # What depends on a room's migration went with it.
    if (room, release) in MigrationRecorder(connection).applied_migrations():
        call_command("migrate", room, release, verbosity=0, interactive=False)
"""
