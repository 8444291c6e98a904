"""What other rooms see of the books."""

from dataclasses import dataclass
from datetime import datetime

from freehold.domain.money import Money


@dataclass(frozen=True, slots=True)
class Debt:
    """What will be owed on a folio; `kind` is one of `Receivable.Kind`."""

    kind: str
    label: str
    amount: Money
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of money on a folio: `applied` pays receivables, `excess` pays for nothing."""

    applied: Money
    excess: Money


@dataclass(frozen=True, slots=True)
class FolioBalance:
    """A folio's receivables in sums; `owed` is what is charged, neither settled nor written off."""

    charged: Money
    written_off: Money
    settled: Money
    owed: Money
