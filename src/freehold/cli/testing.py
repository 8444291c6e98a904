"""`./freehold test`: the test suite, with pytest's own arguments."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[3]


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
@click.pass_context
def test(context: click.Context) -> None:
    """Run the tests on a throw-away PostgreSQL. All arguments go to pytest."""
    os.chdir(ROOT)
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-P", "-m", "pytest", *context.args]
    sys.stdout.flush()
    os.execv(sys.executable, command)  # noqa: S606 - pytest itself must get the terminal's signals
