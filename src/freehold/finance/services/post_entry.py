"""Write a balanced fact into the journal, once per key."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from psycopg.errors import CheckViolation

from freehold.core.errors import Conflict
from freehold.domain.ledger import Account as Code
from freehold.domain.ledger import Entry
from freehold.domain.money import CurrencyMismatch
from freehold.finance.models import Folio, JournalEntry, Posting
from freehold.finance.services.chart_of_accounts import account_ids


def post_entry(*, folio: Folio, key: str, entry: Entry, occurred_at: datetime, memo: str = "") -> JournalEntry | None:
    """Posts `entry` on the folio; the same entry under the same key is posted once and returned again.

    An entry about nothing is not written: None. Raises CurrencyMismatch for another currency than the folio's,
    Conflict `entry_key_used` for another entry under this key, Conflict `period_closed`.
    """
    for posting in entry.postings:
        if posting.amount.currency != folio.currency:
            raise CurrencyMismatch(folio.currency, posting.amount.currency)
    return _post(folio.company_id, folio.pk, key, entry, occurred_at, memo)


def post_company_entry(
    *, company_id: UUID, key: str, entry: Entry, occurred_at: datetime, memo: str = ""
) -> JournalEntry | None:
    """Posts what belongs on no folio, such as money in a currency that the folio does not have."""
    return _post(company_id, None, key, entry, occurred_at, memo)


def _post(
    company_id: UUID, folio_id: UUID | None, key: str, entry: Entry, occurred_at: datetime, memo: str
) -> JournalEntry | None:
    if entry.is_empty:
        return None
    known = _find(company_id, key)
    if known is not None:
        return _same(known, folio_id, entry)
    row = JournalEntry(
        company_id=company_id, folio_id=folio_id, kind=entry.kind, key=key, memo=memo, occurred_at=occurred_at
    )
    try:
        JournalEntry.objects.bulk_create([row], ignore_conflicts=True)
    except IntegrityError as error:
        if isinstance(error.__cause__, CheckViolation):
            raise Conflict("The books of this period are closed.", code="period_closed") from error
        raise
    stored = _find(company_id, key)
    if stored is None or stored.pk != row.pk:
        return _same(stored, folio_id, entry)
    accounts = account_ids(company_id=company_id, codes=(posting.account for posting in entry.postings))
    Posting.objects.bulk_create(
        Posting(
            entry=row,
            account_id=accounts[posting.account],
            amount_minor=posting.amount.minor,
            currency=posting.amount.currency,
        )
        for posting in entry.postings
    )
    return row


def _find(company_id: UUID, key: str) -> JournalEntry | None:
    return JournalEntry.objects.company(company_id).filter(key=key).first()


def _same(stored: JournalEntry | None, folio_id: UUID | None, entry: Entry) -> JournalEntry:
    """The stored entry, if it says the same."""
    if stored is not None and stored.folio_id == folio_id and stored.kind == entry.kind:
        postings = stored.postings.values_list("account__code", "amount_minor", "currency")
        said = Counter((Code(code), minor, currency) for code, minor, currency in postings)
        if said == Counter((each.account, each.amount.minor, each.amount.currency) for each in entry.postings):
            return stored
    raise Conflict("Another entry was posted under this key.", code="entry_key_used")
