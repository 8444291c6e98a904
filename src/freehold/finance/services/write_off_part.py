"""A part of what is still owed is let go of, the latest debt first."""

from django.db.models import F

from freehold.core.errors import BadInput
from freehold.domain.money import CurrencyMismatch, Money
from freehold.finance.models import Folio
from freehold.finance.services.lock_folio import lock_folio


def write_off_part(*, folio: Folio, amount: Money) -> Money:
    """Gives up to `amount` of the folio's open receivables up. Returns how much it was: less when less was owed.

    Raises CurrencyMismatch, and BadInput for an amount that is not positive.
    """
    lock_folio(folio.pk)
    if amount.currency != folio.currency:
        raise CurrencyMismatch(folio.currency, amount.currency)
    if not amount.is_positive:
        raise BadInput("Only a positive amount can be given up.", code="amount_not_positive")
    rest = amount.minor
    open_ones = folio.receivables.select_for_update(no_key=True).filter(
        amount_minor__gt=F("settled_minor") + F("written_off_minor")
    )
    for receivable in open_ones.order_by("-due_at", "-id"):
        part = min(rest, receivable.amount_minor - receivable.settled_minor - receivable.written_off_minor)
        if not part:
            break
        receivable.written_off_minor += part
        receivable.save(update_fields=["written_off_minor", "updated_at"])
        rest -= part
    return Money(amount.minor - rest, folio.currency)
