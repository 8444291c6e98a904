"""Ask the gateway what became of one refund."""

from uuid import UUID

from django.db.models import F

from freehold.core import clock
from freehold.domain.money import Money
from freehold.domain.payment_states import RefundState
from freehold.payments.accounts import gateway_of
from freehold.payments.gateways import call, reference_of
from freehold.payments.models import Refund, ReviewItem
from freehold.payments.schedule import next_refund_look
from freehold.payments.selectors import get_refund
from freehold.payments.services.apply_refund_snapshot import apply_refund_snapshot
from freehold.payments.services.execute_refund import execute_refund
from freehold.payments.services.open_at_gateway import report_misconfigured
from freehold.payments.services.open_review import open_review
from freehold.ports.payment_gateway import Misconfigured, ProviderError


def refresh_refund(*, refund_id: UUID) -> Refund:
    """Fetches the refund and applies the answer; executes it when the gateway never named it. Raises ProviderError
    when there is no answer; the next look is planned."""
    refund = get_refund(refund_id)
    if not refund.provider_id:
        return execute_refund(refund_id=refund_id)
    try:
        gateway = gateway_of(refund.payment)
        snapshot = call(gateway.fetch_refund, refund.provider_id, reference_of(refund.payment))
    except ProviderError as error:
        _look_later(refund)
        if isinstance(error, Misconfigured):
            report_misconfigured(refund.payment, error)
        raise
    refund = apply_refund_snapshot(refund_id=refund_id, snapshot=snapshot, source="fetch").refund
    if refund.next_fetch_at is None and refund.state == RefundState.PENDING:
        _hand_over(refund)
    return refund


def _look_later(refund: Refund) -> None:
    later = next_refund_look(
        state=RefundState(refund.state),
        looks=refund.fetch_count + 1,
        moment=clock.now(),
        requested_at=refund.created_at,
        may_come_back=True,
    )
    Refund.objects.company(refund.company_id).filter(pk=refund.pk, state=refund.state).update(
        next_fetch_at=later, fetch_count=F("fetch_count") + 1
    )


def _hand_over(refund: Refund) -> None:
    open_review(
        kind=ReviewItem.Kind.NO_ANSWER,
        key=f"no_answer:{refund.pk}",
        detail="The provider still calls this refund pending, after two weeks.",
        company_id=refund.company_id,
        amount=Money(refund.amount_minor, refund.currency),
        payment=refund.payment,
        refund=refund,
    )
