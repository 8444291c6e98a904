"""The snapshot that new databases start from is what the migrations make."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from freehold.cli import snapshot
from freehold.cli.postgres import TEST_TUNING, Cluster

# Written by PostgreSQL itself in two ways, before and after a dump.
SPELLINGS = re.compile(r"::character varying|::text|[()\[\]]")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="freehold-home-", ignore_cleanup_errors=True) as folder:
        cluster = Cluster(Path(folder), tuning=TEST_TUNING)
        cluster.start()
        yield cluster
        cluster.stop()


def test_snapshot_equals_the_migrations(cluster: Cluster) -> None:
    """The test's own database started from the snapshot; a second one runs every migration."""
    snapshot.migrate_in_subprocess(cluster.url, from_snapshot=False)
    migrated = tables(cluster.url)

    cluster.empty()
    snapshot.migrate_in_subprocess(cluster.url, from_snapshot=True)

    assert tables(cluster.url) == migrated


@pytest.mark.django_db
def test_snapshot_is_of_these_migrations() -> None:
    assert snapshot.is_current(), "A migration changed or is missing: run ./freehold snapshot, and commit its file."
    assert snapshot.contained().keys() == snapshot.checksums().keys()
    assert connection.introspection.table_names()


def tables(url: str) -> list[str]:
    """All statements of a dump, without the times at which migrations were applied."""
    dump = snapshot.dump_database(url, "--exclude-table-data=django_migrations")
    return [SPELLINGS.sub("", line) if "ARRAY" in line else line for line in dump.splitlines()]
