"""A commitment gets its account, and on it what is owed from the beginning."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from freehold.core.errors import Conflict
from freehold.core.ids import uuid7
from freehold.core.rows import columns_of, to_write, written
from freehold.domain.money import Money
from freehold.finance.models import Folio, Receivable
from freehold.finance.services.add_receivable import receivable
from freehold.finance.types import Debt

# Nearly always the reference is new: asked in this order, that takes one statement instead of four.
_OPEN = f"""
    WITH opened AS (
        INSERT INTO finance_folio ({columns_of(Folio)})
        SELECT {columns_of(Folio)} FROM jsonb_populate_recordset(NULL::finance_folio, %s::jsonb)
        ON CONFLICT (company_id, reference) DO NOTHING
        RETURNING id
    ), owed AS (
        INSERT INTO finance_receivable ({columns_of(Receivable)})
        SELECT {columns_of(Receivable, "debt")}
          FROM opened, jsonb_populate_recordset(NULL::finance_receivable, %s::jsonb) AS debt
    )
    SELECT id FROM opened
"""  # noqa: S608 - constants only


def open_folio(
    *,
    company_id: UUID,
    kind: str,
    reference: str,
    currency: str,
    debts: Sequence[Debt] = (),
    folio_id: UUID | None = None,
) -> Folio:
    """The folio of this reference in this company, opened with these debts if there is none.

    `folio_id` is for who has written it down already. Raises Conflict (`folio_exists`) for one with another id, kind
    or currency, MoneyError for an unknown currency, and what `add_receivable` raises.
    """
    Money.zero(currency)
    new = Folio(id=folio_id or uuid7(), company_id=company_id, reference=reference, kind=kind, currency=currency)
    owed = [receivable(folio=new, debt=debt) for debt in debts]
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [to_write([new]), to_write(owed)])
        is_new = cursor.fetchone() is not None
    if is_new:
        written(new, *owed)
        return new
    folio = Folio.objects.company(company_id).get(reference=reference)
    if (folio.kind, folio.currency) != (kind, currency) or folio_id not in (None, folio.pk):
        raise Conflict(f"The folio {reference} exists with another id, kind or currency.", code="folio_exists")
    return folio
