"""A party owes an amount by a date."""

from datetime import datetime

from freehold.core.errors import BadInput
from freehold.domain.money import CurrencyMismatch, Money
from freehold.finance.models import Folio, Receivable


def add_receivable(*, folio: Folio, kind: str, label: str, amount: Money, due_at: datetime) -> Receivable:
    """Raises CurrencyMismatch, and BadInput for a negative amount. Needs the folio locked, or new."""
    if amount.currency != folio.currency:
        raise CurrencyMismatch(folio.currency, amount.currency)
    if amount.is_negative:
        raise BadInput("An amount that is owed is not negative.", code="negative_amount")
    return Receivable.objects.create(
        company_id=folio.company_id, folio=folio, kind=kind, label=label, amount_minor=amount.minor, due_at=due_at
    )
