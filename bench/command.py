"""What `./freehold bench` does once its PostgreSQL runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console

from bench.lab import TUNING, Amounts, Lab
from bench.machine import describe_machine
from bench.profiling import print_profile
from bench.report import print_table, to_json
from bench.results import NotMeasured, Verdict
from bench.run import BENCHES, bench_module, run_benches
from freehold.cli.postgres import Cluster

__all__ = ["BENCHES", "TUNING", "amounts_of", "measure", "profile"]


def amounts_of(*, quick: bool, scales: tuple[int, ...] | None, repeats: int | None) -> Amounts:
    """How much of everything: the usual or tiny amounts, with what was asked for."""
    amounts = Amounts.quick() if quick else Amounts()
    wanted = {"scales": scales, "repeats": repeats}
    return replace(amounts, **{name: value for name, value in wanted.items() if value is not None})


def measure(cluster: Cluster, amounts: Amounts, names: Sequence[str], json_file: Path | None) -> bool:
    """Prints and writes the rows. Returns whether no goal is missed."""
    console = _console()
    lab = Lab(cluster, amounts, lambda text: console.print(f"  [dim]{text} ...[/dim]"))
    machine = describe_machine(lab.url("postgres"))
    rows, run = run_benches(lab, names, lab.say)
    print_table(rows, console)
    processors, load = machine["processors"], ", ".join(map(str, machine["load"]))
    console.print(f"{processors} processors, load {load} at the start; PostgreSQL {machine['postgresql']}")
    if json_file:
        facts = to_json(rows, machine=machine, amounts=asdict(amounts), run=run)
        json_file.write_text(json.dumps(facts, indent=1, default=str))
    return all(row.verdict is not Verdict.SHORT for row in rows)


def profile(cluster: Cluster, amounts: Amounts, name: str) -> None:
    """Prints where the time of one bench's operation goes."""
    console = _console()
    lab = Lab(cluster, amounts, lambda text: console.print(f"  [dim]{text} ...[/dim]"))
    # The benches import models, which need the settings of the laboratory.
    module = bench_module(name)
    if not hasattr(module, "target"):
        console.print(f"{name} has nothing that runs in this process: it cannot be profiled.")
        return
    try:
        print_profile(module.target(lab), console)
    except NotMeasured as reason:
        console.print(f"not measured: {reason}")


def _console() -> Console:
    """Into a file the tables go at their full width."""
    return Console(highlight=False, width=None if Console().is_terminal else 170)
