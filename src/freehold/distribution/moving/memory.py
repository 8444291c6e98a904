"""What was moved before, and what is taken now: one row at a time, each whole or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from django.db import DataError, IntegrityError, transaction

from freehold.core.errors import FreeholdError
from freehold.distribution.models import MovedRow
from freehold.distribution.moving.facts import Kind, OldRow
from freehold.distribution.moving.report import MoveReport, Verdict
from freehold.domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a row: its id here, and what is to be said about it. `besides` came with it (payments, rooms)."""

    object_id: UUID
    notes: tuple[str, ...] = ()
    conflict: str = ""
    besides: tuple[tuple[Kind, OldRow, UUID, tuple[str, ...]], ...] = ()


@dataclass(slots=True)
class Memory:
    """Of one company and one API. `ids` are of everything that is here by now, `new` is what this run took."""

    company_id: UUID
    source: str
    report: MoveReport
    ids: dict[tuple[Kind, str], UUID] = field(default_factory=dict)
    new: set[tuple[Kind, str]] = field(default_factory=set)
    _digests: dict[tuple[Kind, str], str] = field(default_factory=dict)

    def load(self) -> None:
        for row in MovedRow.objects.company(self.company_id).filter(source=self.source):
            key = (Kind(row.kind), row.external_id)
            self.ids[key], self._digests[key] = row.object_id, row.digest

    def knows(self, kind: Kind, row: OldRow) -> bool:
        return (kind, row.key) in self.ids

    def note_known(self, kind: Kind, row: OldRow) -> None:
        """It was taken before, and is left alone; if it is another by now, that is said."""
        self.report.known[row.model] += 1
        if self._digests.get((kind, row.key)) != row.digest:
            reason = "it changed there since it was taken: what is here stays as it is"
            self.report.say(Verdict.CHANGED, row.model, row.key, reason)

    def take(self, kind: Kind, row: OldRow, make: Callable[[], Made]) -> Made | None:
        """Makes it, or reports why not and leaves nothing of it; None then, and when it is known already."""
        if self.knows(kind, row):
            self.note_known(kind, row)
            return None
        try:
            with transaction.atomic():
                made = make()
                rows = ((kind, row, made.object_id, made.notes), *made.besides)
                MovedRow.objects.bulk_create(
                    MovedRow(
                        company_id=self.company_id,
                        source=self.source,
                        kind=each_kind,
                        external_id=each.key,
                        object_id=object_id,
                        digest=each.digest,
                    )
                    for each_kind, each, object_id, _ in rows
                )
        except FreeholdError as refusal:
            self.refuse(row, "; ".join(item.detail for item in refusal.errors))
            return None
        except DomainError as refusal:
            self.refuse(row, refusal.detail)
            return None
        except (IntegrityError, DataError) as error:
            self.refuse(row, f"the database refuses it: {str(error).splitlines()[0][:200]}")
            return None
        for each_kind, each, object_id, notes in rows:
            self.ids[each_kind, each.key] = object_id
            self.new.add((each_kind, each.key))
            self._digests[each_kind, each.key] = each.digest
            self.report.taken[each.model] += each is row or each.model != row.model
            for note in (*each.notes, *notes):
                self.report.say(Verdict.NOTICED, each.model, each.key, note)
        if made.conflict:
            self.report.say(Verdict.CONFLICT, row.model, row.key, made.conflict)
        return made

    def refuse(self, row: OldRow, reason: str) -> None:
        self.report.say(Verdict.REFUSED, row.model, row.key, reason)
