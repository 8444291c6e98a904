"""Reading a file of 100,000 listings: seconds, and the memory at its highest."""

from __future__ import annotations

from collections.abc import Iterator

from bench.lab import Lab
from bench.results import NotMeasured, Row

NAME = "imports"


def measure(lab: Lab) -> Iterator[Row]:
    raise NotMeasured("Freehold has no import command yet")
