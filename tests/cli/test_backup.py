"""A backup holds what must not be lost, and gives it back; half of one is none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner

from freehold.cli import backup as commands
from freehold.cli import main, snapshot
from freehold.cli.backup import BackupFailed, Manifest, make_backup, restore_backup
from tests.server import TEMPLATE_VARIABLE, address_of

# The command itself, and it dies when half of the tables are filled: at the end of a row, where psql sees no mistake,
# and with all rows until there handed over to it.
DIES_HALFWAY = """
import os, sys
from freehold.cli import backup

whole, died_of = backup._for_any_server, int(sys.argv.pop())

def half(script):
    is_inside = False
    for line in whole(script):
        yield line
        is_inside = is_inside or line.startswith(b"COPY public.core_outboxmessage ")
        if is_inside and line == b"\\\\.\\n":
            yield b"\\n" * 100_000
            os.kill(os.getpid(), died_of)

backup._for_any_server = half
backup.restore()
"""


@pytest.fixture
def databases() -> Iterator[list[str]]:
    """Two addresses: a database with our tables, and an empty one."""
    names = [f"backup_{uuid4().hex[:12]}" for _ in range(2)]
    with psycopg.connect(address_of("postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {names[0]} TEMPLATE {os.environ[TEMPLATE_VARIABLE]}")
        server.execute(f"CREATE DATABASE {names[1]}")
    yield [address_of(name) for name in names]
    with psycopg.connect(address_of("postgres"), autocommit=True) as server:
        for name in names:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def full(databases: list[str]) -> str:
    with psycopg.connect(databases[0]) as connection:
        connection.execute(
            "INSERT INTO core_outboxmessage (id, event, handler, payload, state, attempts, available_at, leased_by,"
            " last_error, created_at) SELECT gen_random_uuid(), 'Zażółć', 'h', '{\"a\": 1}', 'dead', 12, now(), '', '',"
            " now() FROM generate_series(1, 500)"
        )
    return databases[0]


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "a-400.webp").write_bytes(b"a picture")
    return folder


def content(url: str) -> str:
    return snapshot.dump_database(url, "--no-comments")


def test_what_was_there_is_there_again(full: str, databases: list[str], media: Path, tmp_path: Path) -> None:
    folder = make_backup(url=full, media=media, target=tmp_path / "backups")
    again = tmp_path / "other" / "media"
    manifest = restore_backup(url=databases[1], media=again, folder=folder)

    assert content(databases[1]) == content(full)
    assert (again / "pictures" / "a-400.webp").read_bytes() == b"a picture"
    assert manifest.pictures == 1
    assert {"bookings", "payments", "finance"} <= manifest.migrations.keys()


@pytest.mark.parametrize("died_of", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_restore_that_is_killed_halfway_leaves_the_database_empty_and_can_be_done_again(
    full: str, databases: list[str], media: Path, tmp_path: Path, died_of: signal.Signals
) -> None:
    folder = make_backup(url=full, media=media, target=tmp_path / "backups")
    environment = {
        "DATABASE_URL": databases[1],
        "FREEHOLD_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run(
        [sys.executable, "-c", DIES_HALFWAY, str(folder), str(int(died_of))],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    # click makes an exit of its own of an interrupt.
    assert done.returncode == (1 if died_of is signal.SIGINT else -died_of), done.stderr
    wait_until_nobody_writes(databases[1])
    with psycopg.connect(databases[1]) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (0,)

    restore_backup(url=databases[1], media=media, folder=folder)
    assert content(databases[1]) == content(full)


def wait_until_nobody_writes(url: str) -> None:
    """psql goes on for a moment with what it was given."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    until = time.monotonic() + 30
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(others).fetchone() != (0,):
            assert time.monotonic() < until, "somebody still writes"
            time.sleep(0.05)


def test_only_its_owner_reads_it(full: str, media: Path, tmp_path: Path) -> None:
    folder = make_backup(url=full, media=media, target=tmp_path)
    assert folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("is_in_query", [False, True], ids=["beside the user", "in the query"])
def test_no_password_is_on_a_command_line(
    full: str, databases: list[str], media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_in_query: bool
) -> None:
    password = urlsplit(full).password
    assert password
    urls = [full, databases[1]]
    if is_in_query:
        urls = [f"{url.replace(f':{password}@', '@')}?password={password}&application_name=a%20b" for url in urls]
    seen: list[list[str]] = []

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, command: list[str], **options: object) -> None:
            seen.append(command)
            super().__init__(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", Watched)
    folder = make_backup(url=urls[0], media=media, target=tmp_path)
    restore_backup(url=urls[1], media=tmp_path / "again", folder=folder)

    assert [Path(command[0]).name for command in seen] == ["pg_dump", "pg_restore", "psql"]
    assert not any(password in word for command in seen for word in command)


def test_a_backup_that_breaks_off_leaves_none(
    full: str, media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "_run", fail)
    with pytest.raises(KeyboardInterrupt):
        make_backup(url=full, media=media, target=tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_damaged_backup_is_refused_before_anything_is_written(
    full: str, databases: list[str], media: Path, tmp_path: Path
) -> None:
    folder = make_backup(url=full, media=media, target=tmp_path)
    dump = folder / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-1000] + b"x" * 1000)
    with pytest.raises(BackupFailed, match="not what was written"):
        restore_backup(url=databases[1], media=tmp_path / "again", folder=folder)
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(BackupFailed, match="is no backup"):
        restore_backup(url=databases[1], media=tmp_path / "again", folder=folder)
    assert not (tmp_path / "again").exists()
    with psycopg.connect(databases[1]) as connection:
        assert connection.execute("SELECT to_regclass('bookings_booking')").fetchone() == (None,)


def test_a_dump_that_breaks_off_while_it_is_read_leaves_the_database_empty(
    full: str, databases: list[str], media: Path, tmp_path: Path
) -> None:
    """As a disk that fails does: the dump was whole when it was checked."""
    folder = make_backup(url=full, media=media, target=tmp_path)
    dump = folder / "database.dump"
    dump.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2])
    with pytest.raises(BackupFailed, match="could not be restored"):
        commands._fill(databases[1], dump)
    with psycopg.connect(databases[1]) as connection:
        assert connection.execute("SELECT to_regclass('bookings_booking')").fetchone() == (None,)


def test_a_dump_fits_servers_that_are_older_than_the_program_that_made_it(
    full: str, media: Path, tmp_path: Path
) -> None:
    folder = make_backup(url=full, media=media, target=tmp_path)
    reader = [str(commands.binary("pg_restore")), "--file=-", str(folder / "database.dump")]
    script = commands.subprocess.run(reader, capture_output=True, check=True).stdout.splitlines(keepends=True)
    assert commands.UNKNOWN_BEFORE_17 in script

    fitting = list(commands._for_any_server([*script, commands.UNKNOWN_BEFORE_17]))

    assert [*fitting[:-1]] == [line for line in script if line != commands.UNKNOWN_BEFORE_17]
    assert fitting[-1] == commands.UNKNOWN_BEFORE_17, "a row of a table stays what it is"


def test_a_database_that_is_in_use_is_not_written_over(full: str, media: Path, tmp_path: Path) -> None:
    folder = make_backup(url=full, media=media, target=tmp_path)
    with pytest.raises(BackupFailed, match="empty one"):
        restore_backup(url=full, media=media, folder=folder)


def test_a_database_that_does_not_answer_is_said_in_words(media: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupFailed, match="does not answer"):
        make_backup(url="postgresql://nobody:x@127.0.0.1:1/nothing", media=media, target=tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_the_commands_keep_as_many_as_they_are_told(
    full: str, databases: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FREEHOLD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", full)
    target = tmp_path / "backups"
    (target / "freehold-mine").mkdir(parents=True)
    for _ in range(3):
        done = CliRunner().invoke(main, ["backup", "--to", str(target), "--keep", "2"])
        assert done.exit_code == 0, done.output
    kept = sorted(path.name for path in target.iterdir())
    assert len(kept) == 3
    assert "freehold-mine" in kept
    assert json.loads((target / kept[0] / "manifest.json").read_text())["pictures"] == 0
    assert Manifest.read(target / kept[1]).version

    monkeypatch.setenv("DATABASE_URL", databases[1])
    done = CliRunner().invoke(main, ["restore", str(target / kept[1])])
    assert done.exit_code == 0, done.output
    assert "manage verify" in done.output
    done = CliRunner().invoke(main, ["restore", str(target / kept[1])])
    assert done.exit_code == 1
    assert "empty one" in done.output
