"""Real PostgreSQL for every test run: one throw-away server, whatever the number of workers.

The controlling process starts it and hands its address to the workers through DATABASE_URL; an address that
is already set is used instead. The server's guard stops it and removes its files however the run ends.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from freehold.cli.postgres import TEST_TUNING, Cluster
from freehold.cli.snapshot import migrate_in_subprocess
from freehold.config.database import database_settings
from freehold.config.env import Environment, Mode
from tests.programs import CHROMIUM_HINT, chromium, is_required

TEMPLATE_VARIABLE = "FREEHOLD_TEST_TEMPLATE"
OWN_FOLDER = pytest.StashKey[Path]()
CLUSTER = pytest.StashKey[Cluster]()
TEMPLATE = pytest.StashKey[str]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    _take_own_folder(config)
    if is_required() and not chromium():
        raise pytest.UsageError(f"The test suite {CHROMIUM_HINT}")
    is_worker = hasattr(config, "workerinput")
    if not is_worker and not config.option.collectonly:
        is_ours = not os.environ.get("DATABASE_URL")
        if is_ours:
            _start_server(config)
        _make_template(config, from_snapshot=is_ours)
    _use_server()


def _take_own_folder(config: pytest.Config) -> None:
    """Temporary files go to a folder of this run alone.

    Any other run, one within this run too, closes pytest's usual folder to strangers when it begins, and the embedded
    PostgreSQL runs as a stranger to root.
    """
    if not hasattr(config, "workerinput") and config.option.basetemp is None:
        config.option.basetemp = tempfile.mkdtemp(prefix="freehold-pytest-")
        config.stash[OWN_FOLDER] = Path(config.option.basetemp)


def pytest_unconfigure(config: pytest.Config) -> None:
    if (folder := config.stash.get(OWN_FOLDER, None)) is not None:
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(settings.ENV.home, ignore_errors=True)
    cluster = config.stash.get(CLUSTER, None)
    if cluster:
        cluster.stop()
        os.environ.pop("DATABASE_URL", None)
    elif config.stash.get(TEMPLATE, None):
        with _connect_to_server() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {config.stash[TEMPLATE]} WITH (FORCE)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests need a browser; tests that kill processes of one home must share a worker."""
    browser = chromium()
    for item in items:
        if item.get_closest_marker("browser") and not browser:
            item.add_marker(pytest.mark.skip(reason=CHROMIUM_HINT))
        if item.get_closest_marker("crash"):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


def _start_server(config: pytest.Config) -> None:
    home = Path(tempfile.mkdtemp(prefix="freehold-test-"))
    cluster = Cluster(home, tuning=TEST_TUNING, may_create_databases=True, remove_when_stopped=True)
    cluster.start()
    config.stash[CLUSTER] = cluster
    os.environ["DATABASE_URL"] = cluster.url


def _make_template(config: pytest.Config, *, from_snapshot: bool) -> None:
    """Build the tables once; each worker's database is a copy of the result."""
    # A server that is not ours may serve several runs at once.
    name = f"freehold_template_{os.getpid()}"
    config.stash[TEMPLATE] = name
    with _connect_to_server() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    migrate_in_subprocess(address_of(name), from_snapshot=from_snapshot)
    os.environ[TEMPLATE_VARIABLE] = name


def address_of(database: str) -> str:
    """DATABASE_URL with another database's name."""
    return re.sub(r"^(\w+://[^/]*/)[^?]*", rf"\g<1>{database}", os.environ["DATABASE_URL"])


def _connect_to_server() -> psycopg.Connection:
    return psycopg.connect(address_of("postgres"), autocommit=True)


def _use_server() -> None:
    """The settings were read before this file: give them the server's address."""
    if not os.environ.get("DATABASE_URL"):
        return
    # In place: the connection handler holds this very dictionary.
    default = settings.DATABASES["default"]
    default.update(database_settings(Environment.load(Mode.TEST)))
    default.setdefault("TEST", {})["TEMPLATE"] = os.environ.get(TEMPLATE_VARIABLE)
