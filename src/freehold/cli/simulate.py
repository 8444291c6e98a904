"""`./freehold simulate NAME`: one payment provider of the outside world, on this machine, with play money."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from freehold.cli.home import Home

SIMULATORS = Path(__file__).resolve().parents[1] / "simulators"


def simulator_names() -> list[str]:
    """Every simulator that this installation has; production images may leave them out."""
    return sorted(program.parent.name for program in SIMULATORS.glob("*/__main__.py"))


def simulator_command(name: str, *, home: Path, port: int | None = None) -> list[str]:
    """Starts the simulator with its books in `home`. Its secrets travel by the environment."""
    where = ["--port", str(port)] if port else []
    return [sys.executable, "-m", f"freehold.simulators.{name}", "--home", str(home), *where]


def simulators_command(ports: Mapping[str, int], *, home: Path) -> list[str]:
    """Starts several simulators in one process, each at its port."""
    where = [f"{name}={port}" for name, port in ports.items()]
    return [sys.executable, "-m", "freehold.simulators", "--home", str(home), *where]


@click.command()
@click.argument("name", required=False)
@click.option("--port", type=click.IntRange(1, 65535), help="Port of 127.0.0.1 [default: the simulator's own]")
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Where it keeps its books.")
def simulate(name: str | None, port: int | None, home: Path | None) -> None:
    """Run the simulator NAME until Ctrl-C. Without a name: list the simulators."""
    names = simulator_names()
    if name is None:
        click.echo("\n".join(names) or "This installation has no simulators.")
        return
    if name not in names:
        raise click.BadParameter(f"choose one of: {', '.join(names)}", param_hint="NAME")
    folder = home.expanduser().resolve() if home else Home.from_environment().path
    os.environ["PYTHONSAFEPATH"] = "1"
    # It takes this process's place: signals, exit code and output are its own.
    command = simulator_command(name, home=folder, port=port)
    os.execv(command[0], command)  # noqa: S606
