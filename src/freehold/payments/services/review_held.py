"""Put money in front of a person that came, confirmed nothing, and went nowhere."""

from freehold.core import clock
from freehold.domain.money import Money
from freehold.payments.models import Payment, ReviewItem
from freehold.payments.selectors import refunded_minor
from freehold.payments.services.open_review import open_review


def review_held(*, payment: Payment) -> ReviewItem | None:
    """Opens a case about all that the payment holds back; None if that is nothing. Needs the payment locked and saved.

    One case at a time: it takes the place of an earlier one about less. Whoever records the rest closes it.
    """
    if payment.received_minor == payment.announced_minor:
        return None
    held = Money(payment.received_minor - payment.announced_minor - refunded_minor(payment), payment.currency)
    if not held.is_positive:
        return None
    item = open_review(
        kind=ReviewItem.Kind.AMOUNT_MISMATCH,
        key=f"amount:{payment.pk}:{payment.received_minor}",
        detail=f"{Money(payment.amount_minor, payment.currency)} was asked, "
        f"{Money(payment.received_minor, payment.currency)} arrived.",
        company_id=payment.company_id,
        amount=held,
        payment=payment,
    )
    earlier = ReviewItem.objects.filter(payment=payment, kind=item.kind, currency=item.currency, resolved_at=None)
    earlier.filter(key__regex=r":\d+$").exclude(pk=item.pk).update(
        resolved_at=clock.now(), resolution="More of the money arrived."
    )
    return item
