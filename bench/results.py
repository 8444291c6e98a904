"""What a measurement says: a figure per repeat, its baseline from the same run, and whether the goal is met."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median
from typing import Any, Literal


class NotMeasured(Exception):
    """This row cannot be measured here; the text says why."""


class Verdict(StrEnum):
    MET = "met"
    SHORT = "short"
    NO_GOAL = "no goal"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Goal:
    """`at_most` or `at_least` a value: of the figure itself, or of its ratio to the baseline."""

    kind: Literal["at_most", "at_least"]
    value: float
    of: Literal["figure", "ratio"] = "figure"

    def is_met(self, value: float) -> bool:
        return value <= self.value if self.kind == "at_most" else value >= self.value


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the figure is held against: one sample per repeat, measured between the repeats of the figure."""

    name: str
    samples: Sequence[float]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report. `samples` has a figure per repeat, or is empty when `reason` says why not."""

    bench: str
    name: str
    unit: str
    samples: Sequence[float] = ()
    goal: Goal | None = None
    baseline: Baseline | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    reason: str = ""

    @property
    def figure(self) -> float | None:
        return median(self.samples) if self.samples else None

    @property
    def ratios(self) -> list[float]:
        """Figure by baseline, repeat by repeat: both halves of a pair have seen the same noise."""
        if self.baseline is None:
            return []
        pairs = zip(self.samples, self.baseline.samples, strict=True)
        return [sample / base for sample, base in pairs if base]

    @property
    def ratio(self) -> float | None:
        return median(self.ratios) if self.ratios else None

    @property
    def verdict(self) -> Verdict:
        judged = self.ratio if self.goal and self.goal.of == "ratio" else self.figure
        if judged is None:
            return Verdict.NOT_MEASURED
        if self.goal is None:
            return Verdict.NO_GOAL
        return Verdict.MET if self.goal.is_met(judged) else Verdict.SHORT

    def to_json(self) -> dict[str, Any]:
        return {
            "bench": self.bench,
            "name": self.name,
            "verdict": self.verdict.value,
            "figure": self.figure,
            "unit": self.unit,
            "samples": list(self.samples),
            "goal": {"kind": self.goal.kind, "value": self.goal.value, "of": self.goal.of} if self.goal else None,
            "baseline": {"name": self.baseline.name, "samples": list(self.baseline.samples)} if self.baseline else None,
            "ratio": self.ratio,
            "ratios": self.ratios,
            "facts": self.facts,
            "reason": self.reason,
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; `share` is 0 to 1. Raises NotMeasured without values."""
    if not values:
        raise NotMeasured("no operation ended")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def growth_exponent(small: tuple[int, float], large: tuple[int, float]) -> float:
    """e in time = c * N^e between two (N, time) points."""
    return math.log(large[1] / small[1]) / math.log(large[0] / small[0])
