"""Money goes back: what it paid for is no longer paid."""

from uuid import UUID

from django.db.models import Sum

from freehold.core.errors import BadInput
from freehold.domain.money import CurrencyMismatch, Money
from freehold.finance.models import Folio, Settlement
from freehold.finance.services.lock_folio import lock_folio


def unsettle(*, folio: Folio, refund_id: UUID, payment_id: UUID, amount: Money, write_off: bool = False) -> Money:
    """Takes up to `amount` of the payment's settlements off again, the latest debt first. Returns how much it was:
    less when a part of the money paid for nothing.

    `write_off`: the debt is given up as well (a cancellation); otherwise it is owed again. Raises CurrencyMismatch,
    and BadInput for an amount that is not positive.
    """
    lock_folio(folio.pk)
    if amount.currency != folio.currency:
        raise CurrencyMismatch(folio.currency, amount.currency)
    if not amount.is_positive:
        raise BadInput("Only money can be taken off again.", code="amount_not_positive")
    paid = dict(
        Settlement.objects.company(folio.company_id)
        .filter(receivable__folio=folio, payment_id=payment_id)
        .values_list("receivable_id")
        .annotate(total=Sum("amount_minor"))
    )
    rest = amount.minor
    taken: list[Settlement] = []
    receivables = folio.receivables.select_for_update(no_key=True).filter(pk__in=paid).order_by("-due_at", "-id")
    for receivable in receivables:
        part = min(rest, paid[receivable.pk])
        if not part:
            continue
        receivable.settled_minor -= part
        if write_off:
            receivable.written_off_minor += part
        receivable.save(update_fields=["settled_minor", "written_off_minor", "updated_at"])
        taken.append(
            Settlement(
                company_id=folio.company_id,
                receivable=receivable,
                payment_id=payment_id,
                refund_id=refund_id,
                amount_minor=-part,
            )
        )
        rest -= part
    Settlement.objects.bulk_create(taken)
    return Money(amount.minor - rest, amount.currency)
