"""Places like one place, in a tree of 1,000 categories."""

from __future__ import annotations

from collections.abc import Iterator

from bench.lab import Lab
from bench.results import NotMeasured, Row

NAME = "recommendations"


def measure(lab: Lab) -> Iterator[Row]:
    raise NotMeasured("Freehold has no recommendations yet")
