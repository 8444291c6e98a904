"""`./freehold prepare`: bring a database to the present, and load the demo data once; run by `demo`.

Progress goes to a file, because the process may run without a terminal: whoever waits reads the file.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from freehold.cli.installation import installation

WRITE_EVERY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Progress:
    """`step` is migrate, data or done; `done` of `total` are counted within the step."""

    step: str
    done: int = 0
    total: int = 0

    @classmethod
    def read(cls, path: Path) -> Progress | None:
        try:
            return cls(**json.loads(path.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(asdict(self)))
        unfinished.replace(path)


@click.command(hidden=True)
@click.option("--data", type=click.Choice(["boston", "small"]), default="boston", show_default=True)
@click.option("--progress", "progress_file", type=click.Path(path_type=Path), required=True)
def prepare(data: str, progress_file: Path) -> None:
    """Migrate, then load the demo data unless it is there."""
    os.environ.setdefault("FREEHOLD_STATEMENT_TIMEOUT_MS", "0")
    os.environ.setdefault("FREEHOLD_IDLE_IN_TRANSACTION_TIMEOUT_MS", "0")
    Progress("migrate").write(progress_file)
    with installation():
        import django

        django.setup()
        from freehold.cli.snapshot import bring_to_the_present

        bring_to_the_present(from_snapshot=True)
        Progress("data").write(progress_file)
        _load(data, progress_file)
        Progress("done").write(progress_file)


def _load(data: str, progress_file: Path) -> None:
    from freehold.distribution.services.load_demo import load_demo

    written = 0.0

    def report(step: str, done: int, total: int) -> None:
        nonlocal written
        if time.monotonic() - written >= WRITE_EVERY_SECONDS:
            written = time.monotonic()
            Progress("data", done, total).write(progress_file)

    load_demo(data=data, progress=report)
