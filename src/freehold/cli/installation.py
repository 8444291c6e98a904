"""Which installation a command works on: the one that the environment names, or the home's embedded one.

With DATABASE_URL (or DJANGO_SETTINGS_MODULE, or FREEHOLD_MODE) the environment is taken as it is. Without, the
command joins the demo that runs on FREEHOLD_HOME, or starts that home's PostgreSQL for as long as it takes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from freehold.cli.home import Home, HomeInUse
from freehold.cli.postgres import PostgresFailed

SETTINGS = "freehold.config.settings"


def is_external() -> bool:
    """Whether the environment names an installation, instead of leaving the choice to the home."""
    return any(os.environ.get(name) for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "FREEHOLD_MODE"))


def is_running() -> bool:
    """Whether a demo (or another command) runs on the home."""
    return Home.from_environment().cluster().join()


@contextmanager
def installation() -> Iterator[None]:
    """Sets the environment of this process so that Django can be set up within."""
    if is_external():
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"{SETTINGS}.{os.environ.get('FREEHOLD_MODE', 'dev')}")
        yield
        return
    home = Home.from_environment()
    cluster = home.cluster()
    if cluster.join():
        os.environ.update(home.environment(database_url=cluster.url))
        yield
        return
    try:
        with home.locked():
            cluster.start()
            try:
                os.environ.update(home.environment(database_url=cluster.url))
                yield
            finally:
                cluster.stop()
    except HomeInUse as holder:
        raise click.ClickException(f"{home.path} is just being started or stopped by process {holder}.") from None
    except PostgresFailed as error:
        raise click.ClickException(str(error)) from None
