"""The database as the migrations leave it, kept as one SQL file: a new database starts from it in a second.

Applying 150 migrations one by one takes many times longer than their result. The snapshot names each migration
that it contains with a checksum of its text; when one of them has changed since, it is not used, and the
migrations run as ever. Newer migrations are applied on top. A test compares the two ways.

Only embedded databases (demo, tests) start from it. `./freehold snapshot` writes it anew.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import psycopg

from freehold.cli.postgres import TEST_TUNING, Cluster, binary

FILE = Path(__file__).with_name("snapshot.sql.gz")
HEADER = "-- migrations: "


@click.command(hidden=True)
def snapshot() -> None:
    """Write the snapshot of the database that a fresh clone starts from; for developers, after a new migration."""
    with tempfile.TemporaryDirectory(prefix="freehold-snapshot-") as folder:
        cluster = Cluster(Path(folder), tuning=TEST_TUNING)
        cluster.start()
        try:
            migrate_in_subprocess(cluster.url, from_snapshot=False)
            dump = dump_database(cluster.url)
        finally:
            cluster.stop()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "freehold.config.settings.test")
    import django

    django.setup()
    text = HEADER + json.dumps(checksums()) + "\n" + dump
    FILE.write_bytes(gzip.compress(text.encode(), mtime=0))
    click.echo(f"{FILE}: {FILE.stat().st_size // 1024} KiB")


def migrate_in_subprocess(url: str, *, from_snapshot: bool) -> None:
    """Bring the database at `url` to the present, in a process of its own: Django is set up once per process."""
    subprocess.run(
        [sys.executable, "-P", "-m", "freehold.cli.snapshot", "snapshot" if from_snapshot else "migrations"],
        check=True,
        env={
            **os.environ,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "freehold.config.settings.test",
            "FREEHOLD_STATEMENT_TIMEOUT_MS": "0",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
    )


def bring_to_the_present(*, from_snapshot: bool) -> None:
    """Apply the migrations to this installation's database; an empty one may start from the snapshot."""
    import gc

    from django.core.management import call_command
    from django.db import connection

    if from_snapshot and not connection.introspection.table_names() and is_current():
        load()
    # A process that ends soon need not collect garbage, which takes a third of the time here.
    gc.disable()
    with connection.cursor() as cursor:
        # What a crash of the machine leaves half done is done again: no commit needs to wait for the disk.
        cursor.execute("SET synchronous_commit TO off")
    call_command("migrate", verbosity=0, interactive=False)
    gc.enable()


def load() -> None:
    """Fill the empty database from the snapshot."""
    from django.conf import settings

    # A connection of its own: the dump changes settings of its session.
    with psycopg.connect(settings.ENV.database_url.get_secret_value()) as connection:
        connection.execute(gzip.decompress(FILE.read_bytes()))


def is_current() -> bool:
    """Whether each migration of the snapshot is still as it was when the snapshot was written."""
    present = checksums()
    return all(present.get(name) == checksum for name, checksum in contained().items())


def contained() -> dict[str, str]:
    """The migrations in the snapshot, with their checksums."""
    header, _newline, _statements = gzip.decompress(FILE.read_bytes()).decode().partition("\n")
    migrations: dict[str, str] = json.loads(header.removeprefix(HEADER))
    return migrations


def checksums() -> dict[str, str]:
    """Each migration that this code has, ours and the libraries', with a checksum of its text."""
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None, ignore_no_migrations=True)
    found = {}
    for (app, name), migration in sorted(loader.disk_migrations.items()):
        path = sys.modules[type(migration).__module__].__file__
        assert path is not None
        found[f"{app}.{name}"] = hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
    return found


def dump_database(url: str, *options: str) -> str:
    """The database as SQL statements that any client can run."""
    dump = subprocess.run(
        [
            str(binary("pg_dump")),
            *("--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=200"),
            *options,
            f"--dbname={url}",
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    # Commands for psql, and what only a superuser may say.
    foreign = ("\\restrict", "\\unrestrict", "COMMENT ON EXTENSION")
    return "".join(line for line in dump.splitlines(keepends=True) if not line.startswith(foreign))


if __name__ == "__main__":
    import django

    django.setup()
    bring_to_the_present(from_snapshot=sys.argv[1] == "snapshot")
