"""Compare what a gateway says it refunded with what we asked for: dashboards refund too."""

from dataclasses import dataclass

from freehold.core import clock
from freehold.core.events import announce
from freehold.domain import ledger
from freehold.domain.money import Money
from freehold.domain.payment_states import RefundState
from freehold.finance.models import Folio
from freehold.finance.services.post_entry import post_entry
from freehold.finance.services.unsettle import unsettle
from freehold.payments.events import ExternalRefundFound
from freehold.payments.models import Payment, Refund, ReviewItem
from freehold.payments.selectors import refunded_minor, what_we_know
from freehold.payments.services.open_review import open_review
from freehold.payments.types import Asked
from freehold.ports.payment_gateway import PaymentSnapshot

EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`look_again`: the difference may be our own refund on its way; only a question asked now can tell."""

    review: ReviewItem | None = None
    look_again: bool = False


def note_refunded(*, folio: Folio, payment: Payment, snapshot: PaymentSnapshot, asked: Asked | None) -> Comparison:
    """Records a refund that nobody here asked for. Needs the folio locked and the payment saved.

    Only the answer to a question counts, and only if our refunds did not move meanwhile.
    """
    if snapshot.refunded is None or snapshot.refunded.currency != payment.currency:
        return Comparison()
    excess = snapshot.refunded.minor - refunded_minor(payment)
    if asked is None or asked.refunds != what_we_know(payment).refunds:
        return Comparison(look_again=excess > 0)
    if excess > 0:
        return Comparison(_record(folio, payment, snapshot.refunded, Money(excess, payment.currency)))
    if excess < 0:
        return Comparison(_ask_about_missing(payment, snapshot.refunded))
    return Comparison()


def _record(folio: Folio, payment: Payment, total: Money, excess: Money) -> ReviewItem:
    key = f"{EXTERNAL}:{payment.pk}:{total.minor}"
    room = payment.received_minor - refunded_minor(payment)
    amount = Money(min(excess.minor, room), payment.currency)
    refund = None
    if amount.is_positive:
        refund = Refund.objects.create(
            company_id=payment.company_id,
            payment=payment,
            folio=folio,
            key=key,
            state=RefundState.SUCCEEDED,
            currency=amount.currency,
            amount_minor=amount.minor,
            reason="Refunded in the provider's dashboard.",
            succeeded_at=clock.now(),
        )
        _post(folio, payment, refund, amount)
        announce(ExternalRefundFound(refund_id=refund.pk, payment_id=payment.pk, folio_id=folio.pk))
    return open_review(
        kind=ReviewItem.Kind.EXTERNAL_REFUND,
        key=key,
        detail=f"The provider has refunded {total}, {excess} more than was asked for here.",
        company_id=payment.company_id,
        amount=excess,
        payment=payment,
        refund=refund,
    )


def _post(folio: Folio, payment: Payment, refund: Refund, amount: Money) -> None:
    moment = clock.now()
    if payment.announced_minor:
        entry = ledger.external_refund(amount)
        post_entry(folio=folio, key=f"external_refund:{refund.pk}", entry=entry, occurred_at=moment)
        unsettle(folio=folio, refund_id=refund.pk, payment_id=payment.pk, amount=amount)
        return
    # It was the customer's credit, which paid for nothing.
    issued = ledger.refund_issued(amount, source=ledger.Account.CUSTOMER_CREDIT)
    post_entry(folio=folio, key=f"refund_issued:{refund.pk}", entry=issued, occurred_at=moment)
    post_entry(folio=folio, key=f"refund_paid:{refund.pk}", entry=ledger.refund_paid(amount), occurred_at=moment)


def _ask_about_missing(payment: Payment, total: Money) -> ReviewItem | None:
    """The provider refunded less than we believe: a refund of ours came back, or one from its dashboard did."""
    succeeded = Refund.objects.company(payment.company_id).filter(payment=payment, state=RefundState.SUCCEEDED)
    believed = sum(succeeded.values_list("amount_minor", flat=True))
    if total.minor >= believed:
        return None
    if succeeded.exclude(provider_id="").update(next_fetch_at=clock.now()):
        return None
    return open_review(
        kind=ReviewItem.Kind.DISAGREEMENT,
        key=f"refunded:{payment.pk}:{total.minor}",
        detail=f"The provider says that it refunded {total} in all, we recorded more.",
        company_id=payment.company_id,
        amount=total,
        payment=payment,
    )
