"""`./freehold backup` and `./freehold restore`: everything that an installation must not lose, in one folder.

The database is one consistent moment (pg_dump); pictures are copied before and after it, so that each picture which the
database knows is there. A folder gets its name when it is complete: a killed backup leaves none. Keys are not in it:
whoever finds a backup must not find what opens the secrets in it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from freehold import __version__
from freehold.cli.home import Home
from freehold.cli.installation import installation
from freehold.cli.postgres import binary

DATABASE, MANIFEST, MEDIA = "database.dump", "manifest.json", "media"
UNFINISHED = ".unfinished"
PREFIX = "freehold-"
# A setting that servers before PostgreSQL 17 refuse; the rest of a dump they take.
UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;\n"
PREAMBLE_LINES = 100


class BackupFailed(click.ClickException):
    """The text says what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`checksum` is of the dump (SHA-256); `migrations` the last one of each app; `pictures` how many files."""

    made_at: str
    version: str
    checksum: str
    migrations: dict[str, str]
    pictures: int

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        try:
            return cls(**json.loads((folder / MANIFEST).read_text()))
        except (OSError, ValueError, TypeError):
            raise BackupFailed(f"{folder} is no backup: it has no {MANIFEST} that can be read.") from None


@click.command()
@click.option(
    "--to", "target", type=click.Path(file_okay=False, path_type=Path), help="Default: FREEHOLD_HOME/backups."
)
@click.option("--keep", type=click.IntRange(1), help="Keep so many backups there and delete the older ones.")
def backup(target: Path | None, keep: int | None) -> None:
    """Copy the database and the pictures into a new folder, while everything runs."""
    home = Home.from_environment().path
    with installation():
        made = make_backup(url=_url(), media=home / MEDIA, target=target or home / "backups")
    click.echo(made)
    for old in _older(made.parent, keep) if keep else []:
        shutil.rmtree(old)
        click.echo(f"deleted {old}")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def restore(folder: Path) -> None:
    """Fill an empty database, and the pictures' folder, from a backup."""
    home = Home.from_environment().path
    with installation():
        manifest = restore_backup(url=_url(), media=home / MEDIA, folder=folder)
    click.echo(f"Restored what was there at {manifest.made_at}, with {manifest.pictures} pictures.")
    click.echo("Now: ./freehold manage migrate, then ./freehold manage verify, then start web and worker.")


def make_backup(*, url: str, media: Path, target: Path) -> Path:
    """Returns the new folder. Raises BackupFailed, and leaves nothing that looks like a backup."""
    now = datetime.now(UTC)
    folder = target / f"{PREFIX}{now:%Y%m%dT%H%M%S.%fZ}"
    unfinished = folder.with_name(folder.name + UNFINISHED)
    unfinished.mkdir(parents=True, mode=0o700)
    try:
        _copy_pictures(media, unfinished / MEDIA)
        migrations = _migrations(url)
        _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={unfinished / DATABASE}")
        pictures = _copy_pictures(media, unfinished / MEDIA)
        manifest = Manifest(now.isoformat(), __version__, _checksum(unfinished / DATABASE), migrations, pictures)
        (unfinished / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
        os.sync()
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return folder


def restore_backup(*, url: str, media: Path, folder: Path) -> Manifest:
    """All of the database or nothing, however it ends. Raises BackupFailed: the dump is damaged, or the database is not
    empty. Pictures come first: who is interrupted finds the database empty, and begins again."""
    manifest = Manifest.read(folder)
    if not (folder / DATABASE).is_file() or _checksum(folder / DATABASE) != manifest.checksum:
        raise BackupFailed(f"{folder / DATABASE} is not what was written: take another backup.")
    if _migrations(url):
        raise BackupFailed("This database has tables already: a backup is restored into an empty one.")
    _copy_pictures(folder / MEDIA, media)
    _fill(url, folder / DATABASE)
    return manifest


def _url() -> str:
    if not (url := os.environ.get("DATABASE_URL")):
        raise BackupFailed("Set DATABASE_URL, so that it is known which database is meant.")
    return url


def _migrations(url: str) -> dict[str, str]:
    """The last migration of each app; empty for a database without tables."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            row = connection.execute("SELECT to_regclass('django_migrations') IS NOT NULL").fetchone()
            if not row or not row[0]:
                return {}
            return dict(connection.execute("SELECT app, max(name) FROM django_migrations GROUP BY app").fetchall())
    except psycopg.OperationalError as error:
        raise BackupFailed(f"The database does not answer: {str(error).splitlines()[0]}") from None


def _run(program: str, url: str, *arguments: str) -> None:
    named, environment = _named(url)
    done = subprocess.run(
        [str(binary(program)), f"--dbname={named}", *arguments], capture_output=True, text=True, env=environment
    )
    if done.returncode:
        raise BackupFailed(f"{program} failed:\n{done.stderr.strip()[-2000:]}")


def _named(url: str) -> tuple[str, dict[str, str]]:
    """The address without its password, wherever it stands in it: that travels in the environment, because command
    lines are public."""
    words = conninfo_to_dict(url)
    password = words.pop("password", None)
    quiet = {"PGOPTIONS": "-c client_min_messages=warning"}
    secret = {"PGPASSWORD": str(password)} if password else {}
    return make_conninfo("", **words), {**os.environ, **quiet, **secret}


def _for_any_server(script: Iterable[bytes]) -> Iterator[bytes]:
    """Rows of tables may be spelled like anything, so only the beginning is looked at."""
    return (line for number, line in enumerate(script) if number > PREAMBLE_LINES or line != UNKNOWN_BEFORE_17)


def _fill(url: str, dump: Path) -> None:
    """In one transaction, whose end is written only when the dump was read to its end and its reader says so.

    psql takes the end of its input for an end like any other, also when that came because this process died. Without
    COMMIT the server takes everything back then.
    """
    named, environment = _named(url)
    read = [str(binary("pg_restore")), "--no-owner", "--no-privileges", "--no-comments", "--file=-", str(dump)]
    write = [str(binary("psql")), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={named}"]
    quiet, pipe = subprocess.DEVNULL, subprocess.PIPE
    with tempfile.TemporaryFile() as said:
        with (
            subprocess.Popen(read, stdout=pipe, stderr=said) as reader,
            subprocess.Popen(write, stdin=pipe, stdout=quiet, stderr=said, env=environment) as writer,
        ):
            assert reader.stdout is not None
            assert writer.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                writer.stdin.write(b"BEGIN;\n")
                writer.stdin.writelines(_for_any_server(reader.stdout))
            reader.stdout.close()
            with contextlib.suppress(BrokenPipeError):
                if reader.wait() == 0:
                    writer.stdin.write(b"COMMIT;\n")
            with contextlib.suppress(BrokenPipeError):
                writer.stdin.close()
        if writer.returncode or reader.returncode:
            said.seek(0)
            raise BackupFailed(
                f"The dump could not be restored:\n{said.read().decode(errors='replace').strip()[-2000:]}"
            )


def _copy_pictures(source: Path, target: Path) -> int:
    """Adds what is not there yet and returns how many files there are. One that goes meanwhile is left out."""
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in sorted(source.rglob("*")) if source.is_dir() else []:
        copy = target / path.relative_to(source)
        if path.is_file() and not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            half = copy.with_name(copy.name + UNFINISHED)
            try:
                shutil.copy2(path, half)
            except FileNotFoundError:
                continue
            half.replace(copy)
    return sum(path.is_file() for path in target.rglob("*"))


def _checksum(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _older(target: Path, keep: int) -> list[Path]:
    """Complete backups beyond the newest `keep`; nothing else in that folder is touched."""
    complete = [path for path in target.glob(f"{PREFIX}*Z") if (path / MANIFEST).is_file()]
    return sorted(complete, reverse=True)[keep:]
