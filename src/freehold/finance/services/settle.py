"""Money of a payment pays what is owed, the oldest debt first."""

from uuid import UUID

from freehold.core.errors import BadInput
from freehold.domain.money import CurrencyMismatch, Money
from freehold.finance.models import Folio, Receivable, Settlement
from freehold.finance.services.lock_folio import lock_folio
from freehold.finance.types import Settled


def settle(*, folio: Folio, payment_id: UUID, amount: Money) -> Settled:
    """Spreads `amount` over the folio's open receivables by due date; what is left over is `excess`.

    Not idempotent: call it once per money received, in the transaction that records it. Raises CurrencyMismatch,
    and BadInput for an amount that is not positive.
    """
    lock_folio(folio.pk)
    if amount.currency != folio.currency:
        raise CurrencyMismatch(folio.currency, amount.currency)
    if not amount.is_positive:
        raise BadInput("Only money settles a debt.", code="amount_not_positive")
    rest = amount.minor
    settlements: list[Settlement] = []
    changed: list[Receivable] = []
    for receivable in folio.receivables.select_for_update(no_key=True).order_by("due_at", "id"):
        part = min(rest, receivable.amount_minor - receivable.settled_minor - receivable.written_off_minor)
        if not part:
            continue
        receivable.settled_minor += part
        changed.append(receivable)
        settlements.append(
            Settlement(company_id=folio.company_id, receivable=receivable, payment_id=payment_id, amount_minor=part)
        )
        rest -= part
    for receivable in changed:
        receivable.save(update_fields=["settled_minor", "updated_at"])
    Settlement.objects.bulk_create(settlements)
    return Settled(applied=Money(amount.minor - rest, amount.currency), excess=Money(rest, amount.currency))
