"""Where one operation's time goes: statements first, because round trips decide, then Python's functions."""

from __future__ import annotations

import cProfile
import pstats
import re
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.db import connection
from rich.console import Console
from rich.table import Table

WARM_UP = 20
TIMES = 200
SECONDS = 20.0
LINES = 45
_SPACE = re.compile(r"\s+")
_VALUES = re.compile(r"'[^']*'|\b\d+\b|\bs\d+_x\d+\b")


class _Statements:
    """Counts what goes to the database and how long the answer takes."""

    def __init__(self) -> None:
        self.found: dict[str, list[float]] = defaultdict(list)

    def __call__(self, execute: Callable[..., Any], statement: Any, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(statement, params, many, context)
        finally:
            text = _SPACE.sub(" ", _VALUES.sub("?", str(statement))).strip()
            self.found[text[:400]].append((time.perf_counter() - began) * 1000)


def print_profile(operation: Callable[[], object], console: Console) -> None:
    for _ in range(WARM_UP):
        operation()
    statements = _Statements()
    with connection.execute_wrapper(statements):
        count, seconds = _repeat(operation)
    profiler = cProfile.Profile()
    profiled, _seconds = profiler.runcall(_repeat, operation)
    per_operation = seconds / count * 1000
    in_database = sum(map(sum, statements.found.values())) / count
    console.print(f"{count} times, {per_operation:.2f} ms each, of these {in_database:.2f} ms in statements")
    _print_statements(statements, count, console)
    stats = pstats.Stats(profiler)
    _print_functions(stats, profiled, "cumulative", "src/freehold/", console)
    _print_functions(stats, profiled, "tottime", "", console)


def _repeat(operation: Callable[[], object]) -> tuple[int, float]:
    began = time.perf_counter()
    count = 0
    while count < TIMES and time.perf_counter() - began < SECONDS:
        operation()
        count += 1
    return count, time.perf_counter() - began


def _print_statements(statements: _Statements, count: int, console: Console) -> None:
    table = Table("ms", "times", "statement", title="Statements of one operation", title_justify="left")
    for text, times in sorted(statements.found.items(), key=lambda item: -sum(item[1])):
        table.add_row(f"{sum(times) / count:.3f}", f"{len(times) / count:.1f}", text[:150])
    console.print(table)


def _print_functions(stats: Any, count: int, order: str, within: str, console: Console) -> None:
    """Milliseconds of one operation under the profiler, which makes Python look slower than it is."""
    stats.sort_stats(order)
    whose = "Freehold's functions" if within else "Functions"
    table = Table("own ms", "with callees ms", "calls", "function", title=f"{whose} by {order}", title_justify="left")
    shown = [key for key in stats.fcn_list if within in key[0]][:LINES]
    for key in shown:
        _primitive, calls, own, cumulative, _callers = stats.stats[key]
        path, line, name = key
        place = "/".join(path.split("/")[-3:])
        cells = [f"{own / count * 1000:.3f}", f"{cumulative / count * 1000:.3f}", f"{calls / count:.1f}"]
        table.add_row(*cells, f"{place}:{line} {name}")
    console.print(table)
