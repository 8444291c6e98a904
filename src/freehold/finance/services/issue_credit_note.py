"""The document of a reduction, with the next number of its company and year."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from freehold.core.actor import Actor
from freehold.core.ids import uuid7
from freehold.domain.ledger import Account
from freehold.domain.money import Money
from freehold.domain.periods import time_zone
from freehold.finance.models import CreditNote, DocumentCounter, Folio, JournalEntry

# One statement, so that whoever comes second waits for the row, and takes its number anew if the first gives up.
_NEXT = """
    INSERT INTO finance_documentcounter AS counter (id, created_at, updated_at, company_id, kind, year, last)
    VALUES (%(id)s, %(now)s, %(now)s, %(company)s, %(kind)s, %(year)s, 1)
        ON CONFLICT (company_id, kind, year) DO UPDATE SET last = counter.last + 1, updated_at = excluded.updated_at
    RETURNING last
"""


def issue_credit_note(
    *,
    actor: Actor,
    note_id: UUID,
    folio: Folio,
    entry: JournalEntry,
    key: str,
    cause: str,
    reason: str,
    written_off: Money,
    refunded: Money,
    issued_at: datetime,
) -> CreditNote:
    """Writes the note of a reduction whose entry is posted. Needs the folio locked.

    The last thing in its transaction: until that ends, nobody else of the company gets a number.
    """
    amount = written_off + refunded
    tax = sum(entry.postings.filter(account__code=Account.TAX_PAYABLE).values_list("amount_minor", flat=True))
    year = issued_at.astimezone(time_zone(folio.company.time_zone)).year
    return CreditNote.objects.create(
        id=note_id,
        company_id=folio.company_id,
        folio=folio,
        year=year,
        number=_next_number(folio.company_id, DocumentCounter.Kind.CREDIT_NOTE, year),
        key=key,
        cause=cause,
        reason=reason,
        currency=amount.currency,
        amount_minor=amount.minor,
        tax_minor=tax,
        written_off_minor=written_off.minor,
        refunded_minor=refunded.minor,
        entry=entry,
        issuer_id=actor.user_id,
        issued_by=str(actor),
        issued_at=issued_at,
    )


def _next_number(company_id: UUID, kind: str, year: int) -> int:
    values: dict[str, Any] = {"id": uuid7(), "now": timezone.now(), "company": company_id, "kind": kind, "year": year}
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, values)
        return int(cursor.fetchone()[0])
