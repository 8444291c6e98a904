"""Held money that nobody takes is lost to the host when the bank lets it go: somebody is told in time."""

from datetime import timedelta

from freehold.core import clock
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment, ReviewItem
from freehold.payments.services.open_review import open_review

WARN_BEFORE = timedelta(hours=36)
BATCH = 100


def warn_of_ending_authorizations() -> int:
    """Puts what ends soon, and is nobody's damage deposit, in front of a person. Returns how many were found."""
    ending = (
        Payment.objects.system("ending authorizations")
        .filter(
            state=PaymentState.AUTHORIZED,
            purpose=Payment.Purpose.CHARGE,
            capture_minor=None,
            let_go_at=None,
            authorized_until__lte=clock.DatabaseNow() + WARN_BEFORE,
        )
        .exclude(review_items__kind=ReviewItem.Kind.AUTHORIZATION_ENDS)
        .order_by("authorized_until")[:BATCH]
    )
    for payment in ending:
        amount = Money(payment.amount_minor, payment.currency)
        open_review(
            kind=ReviewItem.Kind.AUTHORIZATION_ENDS,
            key=f"authorization_ends:{payment.pk}",
            detail=f"{amount} is held until {payment.authorized_until:%Y-%m-%d %H:%M} UTC and was not taken yet.",
            company_id=payment.company_id,
            amount=amount,
            payment=payment,
        )
    return len(ending)
