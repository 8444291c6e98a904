"""The account of a move, row by row: what was taken, what of it is different now, and what was not taken and why."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """`noticed`: taken, but something of it is not as it was. `conflict`: its space is somebody else's already."""

    REFUSED = "refused"
    CONFLICT = "conflict"
    CHANGED = "changed"
    NOTICED = "noticed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Line:
    """What is to be said about one row of the dump."""

    verdict: Verdict
    model: str
    pk: str
    reason: str


@dataclass(slots=True)
class MoveReport:
    """`read`, `taken` and `known` count rows by the model's name in the dump. A row that is known is left alone."""

    is_dry_run: bool = False
    read: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    lines: list[Line] = field(default_factory=list)

    def say(self, verdict: Verdict, model: str, pk: str, reason: str) -> None:
        self.lines.append(Line(verdict, model, pk, reason))

    def count(self, verdict: Verdict, model: str = "") -> int:
        """How many rows have such a line; an empty `model` counts all."""
        return len(
            {(line.model, line.pk) for line in self.lines if line.verdict is verdict and model in ("", line.model)}
        )

    def models(self) -> Iterator[str]:
        """Those that rows of this dump have, in the order in which they were met."""
        yield from self.read

    def to_json(self) -> dict[str, Any]:
        return {
            "dry_run": self.is_dry_run,
            "models": {
                model: {
                    "read": self.read[model],
                    "taken": self.taken[model],
                    "known": self.known[model],
                    **{verdict.value: self.count(verdict, model) for verdict in Verdict},
                }
                for model in self.models()
            },
            "rows": [asdict(line) for line in self.lines],
        }
