"""The rows of this room, one module per family."""

from freehold.finance.models.books import (
    Account,
    ClosedPeriod,
    Folio,
    JournalEntry,
    Posting,
    Receivable,
    Settlement,
)
from freehold.finance.models.credit_note import CreditNote, DocumentCounter
from freehold.finance.models.outgoing import Outgoing, Payee, PayeeDestination

__all__ = [
    "Account",
    "ClosedPeriod",
    "CreditNote",
    "DocumentCounter",
    "Folio",
    "JournalEntry",
    "Outgoing",
    "Payee",
    "PayeeDestination",
    "Posting",
    "Receivable",
    "Settlement",
]
