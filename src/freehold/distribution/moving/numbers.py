"""Which number each row has here: its old one where nobody has that; all are chosen before the first row is made."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Model

from freehold.core.numbering import keep_clear_of, numbers_for
from freehold.distribution.moving.facts import Kind, OldRow
from freehold.distribution.moving.memory import Memory


@dataclass(slots=True)
class Numbers:
    """`is_rehearsal`: the sequences stay where they are."""

    memory: Memory
    is_rehearsal: bool
    _given: dict[tuple[Kind, str], int] = field(default_factory=dict)
    _following: dict[Kind, int] = field(default_factory=dict)

    def choose(self, kind: Kind, model: type[Model], rows: Sequence[OldRow]) -> None:
        new = [row for row in rows if not self.memory.knows(kind, row)]
        *given, following = numbers_for(model, [*(row.number for row in new), None])
        self._given |= {(kind, row.key): number for row, number in zip(new, given, strict=True)}
        self._following[kind] = following
        if given and not self.is_rehearsal:
            keep_clear_of(model, max(given))

    def of(self, kind: Kind, row: OldRow) -> int | None:
        return self._given.get((kind, row.key))

    def spare(self, kind: Kind) -> int | None:
        """A number for what stands in no dump. The database gives one (None), but for a rehearsal, whose sequences have
        not been moved: there they would give what is promised to others."""
        if not self.is_rehearsal:
            return None
        self._following[kind] += 1
        return self._following[kind] - 1

    def note(self, kind: Kind, row: OldRow) -> tuple[str, ...]:
        """What is to be said of a row that could not keep its number."""
        given = self.of(kind, row)
        if given is None or given == row.number:
            return ()
        if row.number is None:
            return (f"its key is no number: it is {given} here",)
        return (f"the number {row.number} is taken here: it is {given} now",)
