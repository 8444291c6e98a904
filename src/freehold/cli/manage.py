"""`./freehold manage ...`: Django's management commands on this installation."""

from __future__ import annotations

import os
import sys

import click

from freehold.cli.installation import installation


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
@click.pass_context
def manage(context: click.Context) -> None:
    """Run a management command, for example: manage migrate, manage verify, manage createsuperuser."""
    # A person waits for these; the limits of a web request do not apply.
    os.environ.setdefault("FREEHOLD_STATEMENT_TIMEOUT_MS", "0")
    os.environ.setdefault("FREEHOLD_IDLE_IN_TRANSACTION_TIMEOUT_MS", "0")
    with installation():
        from django.core.management import execute_from_command_line

        sys.argv[0] = "freehold manage"
        execute_from_command_line(["freehold manage", *context.args])
