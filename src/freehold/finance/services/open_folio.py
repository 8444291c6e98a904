"""A commitment gets its account."""

from uuid import UUID

from django.db import connection

from freehold.core.errors import Conflict
from freehold.domain.money import Money
from freehold.finance.models import Folio

# Nearly always the reference is new: asked in this order, that takes one statement instead of four.
_OPEN = """
    INSERT INTO finance_folio (id, created_at, updated_at, company_id, kind, reference, currency)
    VALUES (%s, now(), now(), %s, %s, %s, %s)
    ON CONFLICT (company_id, reference) DO NOTHING
    RETURNING created_at
"""


def open_folio(*, company_id: UUID, kind: str, reference: str, currency: str) -> Folio:
    """The folio of this reference in this company, opened if there is none.

    Raises Conflict (`folio_exists`) for one of another kind or currency, MoneyError for an unknown currency.
    """
    Money.zero(currency)
    new = Folio(company_id=company_id, reference=reference, kind=kind, currency=currency)
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [new.pk, company_id, kind, reference, currency])
        written = cursor.fetchone()
    if written is not None:
        new.created_at = new.updated_at = written[0]
        new._state.adding = False
        return new
    folio = Folio.objects.company(company_id).get(reference=reference)
    if (folio.kind, folio.currency) != (kind, currency):
        raise Conflict(f"The folio {reference} exists with another kind or currency.", code="folio_exists")
    return folio
