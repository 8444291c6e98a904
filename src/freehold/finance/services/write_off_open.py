"""What is still owed will never be paid, and nobody will ask for it."""

from django.db.models import F

from freehold.domain.money import Money
from freehold.finance.models import Folio
from freehold.finance.services.lock_folio import lock_folio


def write_off_open(*, folio: Folio) -> Money:
    """Gives up every open receivable of the folio. Returns how much that was."""
    lock_folio(folio.pk)
    total = 0
    open_ones = folio.receivables.select_for_update(no_key=True).filter(
        amount_minor__gt=F("settled_minor") + F("written_off_minor")
    )
    for receivable in open_ones.order_by("due_at", "id"):
        total += (part := receivable.amount_minor - receivable.settled_minor - receivable.written_off_minor)
        receivable.written_off_minor += part
        receivable.save(update_fields=["written_off_minor", "updated_at"])
    return Money(total, folio.currency)
