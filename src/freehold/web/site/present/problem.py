"""Why something cannot be had, and what could be had instead."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """`offers` are addresses with words: what could be had instead, under a line that says what they have in common."""

    title: str
    reasons: list[str] = field(default_factory=list)
    offers: list[dict[str, Any]] = field(default_factory=list)
    offers_title: str = ""
