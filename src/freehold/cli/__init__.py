"""The `freehold` command: everything an operator types.

Commands are loaded when they are called, so that `./freehold --help` and the tests' own start stay quick.
"""

from __future__ import annotations

from importlib import import_module
from keyword import iskeyword

import click

# name -> module that holds a click command of the same name (`import_` for `import`)
COMMANDS = {
    "backup": "freehold.cli.backup",
    "bench": "freehold.cli.bench",
    "demo": "freehold.cli.demo",
    "doctor": "freehold.cli.doctor",
    "import": "freehold.cli.importing",
    "manage": "freehold.cli.manage",
    "prepare": "freehold.cli.prepare",
    "restore": "freehold.cli.backup",
    "serve": "freehold.cli.serve",
    "simulate": "freehold.cli.simulate",
    "snapshot": "freehold.cli.snapshot",
    "test": "freehold.cli.testing",
    "worker": "freehold.cli.worker",
}


class Commands(click.Group):
    """A group whose commands live in modules that are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        attribute = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(import_module(module), attribute)
        return command


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=None, version="0.1.0", prog_name="freehold")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Freehold: stays, slots, leases and sales on one calendar and one ledger."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
