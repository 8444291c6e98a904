"""A commitment gets its account."""

from uuid import UUID

from freehold.core.errors import Conflict
from freehold.domain.money import Money
from freehold.finance.models import Folio


def open_folio(*, company_id: UUID, kind: str, reference: str, currency: str) -> Folio:
    """The folio of this reference in this company, opened if there is none.

    Raises Conflict (`folio_exists`) for one of another kind or currency, MoneyError for an unknown currency.
    """
    Money.zero(currency)
    folio, opened = Folio.objects.company(company_id).get_or_create(
        company_id=company_id, reference=reference, defaults={"kind": kind, "currency": currency}
    )
    if not opened and (folio.kind, folio.currency) != (kind, currency):
        raise Conflict(f"The folio {reference} exists with another kind or currency.", code="folio_exists")
    return folio
