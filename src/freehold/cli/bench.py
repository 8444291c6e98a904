"""`./freehold bench`: measures this machine's Freehold against baselines on the same throw-away PostgreSQL."""

from __future__ import annotations

import shutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import click

from freehold.cli.postgres import Cluster, PostgresFailed

ROOT = Path(__file__).resolve().parents[3]
UNITS = {"k": 1_000, "m": 1_000_000}
DEFAULT_SCALES = "10k,100k"
FULL_SCALES = "10k,100k,1m"


def read_scales(text: str) -> tuple[int, ...]:
    """The sizes in a text like 10k,1m, smallest first. Raises BadParameter."""
    parts = [part.strip().lower() for part in text.split(",")]
    try:
        scales = {int(float(part.rstrip("km")) * UNITS.get(part[-1:], 1)) for part in parts}
    except ValueError:
        raise click.BadParameter(f"write sizes like 10k,100k,1m, not {text!r}", param_hint="--scale") from None
    if min(scales) < 100:
        raise click.BadParameter("a world has 100 places at the least", param_hint="--scale")
    return tuple(sorted(scales))


@click.command()
@click.option("--only", multiple=True, metavar="NAME", help="Only these benches; may be repeated.")
@click.option("--scale", metavar="SIZES", help=f"How many places the worlds have.  [default: {DEFAULT_SCALES}]")
@click.option("--full", is_flag=True, help=f"{FULL_SCALES}; needs 40 GB of disk and an hour.")
@click.option("--quick", is_flag=True, help="Tiny amounts: shows that the bench works, its figures mean nothing.")
@click.option("--repeats", type=click.IntRange(1), help="How often each figure is taken.  [default: 3]")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the rows there, too.")
@click.option("--strict", is_flag=True, help="Exit with 1 when a goal is missed.")
@click.option("--profile", metavar="NAME", help="Say where the time of one bench goes, instead of measuring.")
def bench(
    only: tuple[str, ...],
    scale: str | None,
    full: bool,
    quick: bool,
    repeats: int | None,
    json_file: Path | None,
    strict: bool,
    profile: str | None,
) -> None:
    """Measure Freehold against baselines in the same run."""
    if not (ROOT / "bench").is_dir():
        raise click.ClickException("The benches are in the repository, not in the installed package.")
    sys.path.insert(0, str(ROOT))
    command = import_module("bench.command")
    scales = read_scales(scale or FULL_SCALES) if scale or full else None
    amounts = command.amounts_of(quick=quick, scales=scales, repeats=repeats)
    unknown = sorted({*only, *([profile] if profile else [])} - {*command.BENCHES})
    if unknown:
        raise click.BadParameter(f"{', '.join(unknown)} is not one of {', '.join(command.BENCHES)}")
    home = Path(tempfile.mkdtemp(prefix="freehold-bench-"))
    cluster = Cluster(home, tuning=command.TUNING, may_create_databases=True, remove_when_stopped=True)
    try:
        cluster.start()
        if profile:
            command.profile(cluster, amounts, profile)
        elif not command.measure(cluster, amounts, only or command.BENCHES, json_file) and strict:
            raise click.exceptions.Exit(1)
    except PostgresFailed as error:
        raise click.ClickException(str(error)) from None
    finally:
        cluster.stop()
        # A guard that is told to end has no patience for gigabytes.
        shutil.rmtree(home, ignore_errors=True)
