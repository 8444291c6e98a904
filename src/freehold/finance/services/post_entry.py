"""Write a balanced fact into the journal, once per key."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection
from django.utils import timezone
from psycopg.errors import CheckViolation

from freehold.core.errors import Conflict
from freehold.core.ids import uuid7
from freehold.domain.ledger import Account as Code
from freehold.domain.ledger import Entry
from freehold.domain.ledger import Posting as DomainPosting
from freehold.domain.money import CurrencyMismatch
from freehold.finance.models import Folio, JournalEntry
from freehold.finance.services.chart_of_accounts import account_ids

# Plain SQL: every payment, stay and refund comes through here, and composing this would cost more than running it.
_ENTER = """
    INSERT INTO finance_journalentry (id, created_at, updated_at, company_id, folio_id, payee_id, kind, key,
                                      memo, occurred_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (company_id, key) DO NOTHING
"""

_ADD_POSTINGS = """
    WITH added AS (
        INSERT INTO finance_posting (id, created_at, updated_at, entry_id, account_id, amount_minor, currency)
        SELECT said.id, %(now)s, %(now)s, %(entry)s, account.id, said.amount_minor, said.currency
          FROM unnest(%(ids)s::uuid[], %(codes)s::text[], %(amounts)s::bigint[], %(currencies)s::text[])
               AS said (id, code, amount_minor, currency)
          JOIN finance_account AS account ON account.company_id = %(company)s AND account.code = said.code
        RETURNING account_id
    )
    SELECT DISTINCT account.code FROM added JOIN finance_account AS account ON account.id = added.account_id
"""


def post_entry(*, folio: Folio, key: str, entry: Entry, occurred_at: datetime, memo: str = "") -> JournalEntry | None:
    """Posts `entry` on the folio; the same entry under the same key is posted once and returned again.

    An entry about nothing is not written: None. Raises CurrencyMismatch for another currency than the folio's,
    Conflict `entry_key_used` for another entry under this key, Conflict `period_closed`.
    """
    for posting in entry.postings:
        if posting.amount.currency != folio.currency:
            raise CurrencyMismatch(folio.currency, posting.amount.currency)
    row = _row(folio.company_id, key, entry, occurred_at, memo)
    row.folio_id = folio.pk
    return _post(row, entry)


def post_company_entry(
    *, company_id: UUID, key: str, entry: Entry, occurred_at: datetime, memo: str = "", payee_id: UUID | None = None
) -> JournalEntry | None:
    """Posts what belongs on no folio: money in a currency that the folio does not have, or on a payee's account."""
    row = _row(company_id, key, entry, occurred_at, memo)
    row.payee_id = payee_id
    return _post(row, entry)


def _row(company_id: UUID, key: str, entry: Entry, occurred_at: datetime, memo: str) -> JournalEntry:
    return JournalEntry(company_id=company_id, kind=entry.kind, key=key, memo=memo, occurred_at=occurred_at)


def _post(row: JournalEntry, entry: Entry) -> JournalEntry | None:
    if entry.is_empty:
        return None
    if not _enter(row):
        return _same(_find(row.company_id, row.key), row, entry)
    posted = _add_postings(row, entry.postings)
    missing = [posting for posting in entry.postings if posting.account not in posted]
    if missing:
        account_ids(company_id=row.company_id, codes=(posting.account for posting in missing))
        _add_postings(row, missing)
    return row


def _enter(row: JournalEntry) -> bool:
    """Whether the entry is new."""
    moment = timezone.now()
    values: list[Any] = [
        row.pk,
        moment,
        moment,
        row.company_id,
        row.folio_id,
        row.payee_id,
        row.kind,
        row.key,
        row.memo,
        row.occurred_at,
    ]
    try:
        with connection.cursor() as cursor:
            cursor.execute(_ENTER, values)
            return bool(cursor.rowcount)
    except IntegrityError as error:
        if isinstance(error.__cause__, CheckViolation):
            raise Conflict("The books of this period are closed.", code="period_closed") from error
        raise


def _add_postings(row: JournalEntry, postings: Sequence[DomainPosting]) -> set[Code]:
    """Writes those whose accounts exist by now, and returns these accounts."""
    values: dict[str, Any] = {
        "entry": row.pk,
        "company": row.company_id,
        "now": timezone.now(),
        "ids": [uuid7() for _ in postings],
        "codes": [posting.account.value for posting in postings],
        "amounts": [posting.amount.minor for posting in postings],
        "currencies": [posting.amount.currency for posting in postings],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ADD_POSTINGS, values)
        return {Code(code) for (code,) in cursor.fetchall()}


def _find(company_id: UUID, key: str) -> JournalEntry | None:
    return JournalEntry.objects.company(company_id).filter(key=key).first()


def _same(stored: JournalEntry | None, row: JournalEntry, entry: Entry) -> JournalEntry:
    """The stored entry, if it says the same."""
    about = (row.folio_id, row.payee_id, row.kind)
    if stored is not None and (stored.folio_id, stored.payee_id, stored.kind) == about:
        postings = stored.postings.values_list("account__code", "amount_minor", "currency")
        said = Counter((Code(code), minor, currency) for code, minor, currency in postings)
        if said == Counter((each.account, each.amount.minor, each.amount.currency) for each in entry.postings):
            return stored
    raise Conflict("Another entry was posted under this key.", code="entry_key_used")
