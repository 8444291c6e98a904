"""Runs the benches one after the other; what fails says why and does not stop the rest."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from types import ModuleType
from typing import Any

from bench.lab import Lab
from bench.results import NotMeasured, Row

# In the order in which they run: what shares a world stands together.
BENCHES = (
    "hold_effort",
    "hold_service",
    "hold_http",
    "crowd",
    "intake",
    "calendar",
    "search",
    "recommendations",
    "pages",
    "imports",
    "demo",
)


def bench_module(name: str) -> ModuleType:
    return import_module(f"bench.rows.{name}")


def run_benches(lab: Lab, names: Sequence[str], say: Callable[[str], None]) -> tuple[list[Row], dict[str, Any]]:
    """The rows, and facts about the run."""
    began = time.monotonic()
    rows: list[Row] = []
    seconds: dict[str, float] = {}
    for name in names:
        say(f"Measuring: {name}")
        started = time.monotonic()
        rows += _rows(lab, name)
        seconds[name] = round(time.monotonic() - started, 1)
    facts = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - began, 1),
        "seconds_of": seconds,
    }
    return rows, facts


def _rows(lab: Lab, name: str) -> Iterator[Row]:
    try:
        yield from bench_module(name).measure(lab)
    except NotMeasured as reason:
        yield Row(name, name, "", reason=str(reason))
    except Exception as error:
        # Not measured, and visible: one bench that breaks must not hide what the others found.
        yield Row(name, name, "", reason=repr(error)[:300], facts={"traceback": traceback.format_exc()[-4000:]})
