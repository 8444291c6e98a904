"""A party owes an amount by a date."""

from datetime import datetime

from freehold.core.errors import BadInput
from freehold.domain.money import CurrencyMismatch, Money
from freehold.finance.models import Folio, Receivable
from freehold.finance.types import Debt


def add_receivable(*, folio: Folio, kind: str, label: str, amount: Money, due_at: datetime) -> Receivable:
    """Raises CurrencyMismatch, and BadInput for a negative amount. Needs the folio locked, or new."""
    row = receivable(folio=folio, debt=Debt(kind, label, amount, due_at))
    row.save(force_insert=True)
    return row


def receivable(*, folio: Folio, debt: Debt) -> Receivable:
    """The row of a debt, not written yet. Raises what `add_receivable` raises."""
    if debt.amount.currency != folio.currency:
        raise CurrencyMismatch(folio.currency, debt.amount.currency)
    if debt.amount.is_negative:
        raise BadInput("An amount that is owed is not negative.", code="negative_amount")
    return Receivable(
        company_id=folio.company_id,
        folio=folio,
        kind=debt.kind,
        label=debt.label,
        amount_minor=debt.amount.minor,
        due_at=debt.due_at,
    )
