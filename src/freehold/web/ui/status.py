"""How it stands with something, as a badge."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Status:
    """`tone` picks the badge: good, warn, bad or plain."""

    label: str
    tone: str
