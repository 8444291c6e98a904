"""The rows as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.results import Goal, Row, Verdict

_COLOURS = {Verdict.MET: "green", Verdict.SHORT: "red", Verdict.NO_GOAL: "", Verdict.NOT_MEASURED: "yellow"}


def print_table(rows: Sequence[Row], console: Console) -> None:
    table = Table(title="Freehold bench", title_justify="left", show_lines=False)
    for title in ("what", "figure", "goal", "", "baseline", "ratio", "spread"):
        table.add_column(title, justify="right" if title in {"figure", "ratio", "goal"} else "left")
    for row in rows:
        colour = _COLOURS[row.verdict]
        verdict = f"[{colour}]{row.verdict}[/{colour}]" if colour else str(row.verdict)
        table.add_row(row.name, figure_text(row), goal_text(row.goal, row.unit), verdict, *_comparison(row))
    console.print(table)
    for row in rows:
        if row.reason:
            console.print(f"[yellow]{row.name}:[/yellow] {row.reason}", soft_wrap=True)


def to_json(rows: Iterable[Row], **run: Any) -> dict[str, Any]:
    return {**run, "rows": [row.to_json() for row in rows]}


def figure_text(row: Row) -> str:
    return "-" if row.figure is None else f"{number(row.figure)} {row.unit}".strip()


def goal_text(goal: Goal | None, unit: str) -> str:
    if goal is None:
        return ""
    sign = "<=" if goal.kind == "at_most" else ">="
    return f"{sign} {number(goal.value)}{' x' if goal.of == 'ratio' else f' {unit}'.rstrip()}"


def number(value: float) -> str:
    """Three significant digits, without exponents."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _comparison(row: Row) -> tuple[str, str, str]:
    judged_by_ratio = row.goal is not None and row.goal.of == "ratio"
    samples = row.ratios if judged_by_ratio else row.samples
    spread = f"{number(min(samples))} - {number(max(samples))}" if len(samples) > 1 else ""
    if row.baseline is None or row.ratio is None:
        return "", "", spread
    return (
        f"{row.baseline.name}: {number(median(row.baseline.samples))} {row.unit}".strip(),
        f"{number(row.ratio)} x",
        spread,
    )
