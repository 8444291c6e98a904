"""Money that leaves again without us: refunds that bounce, refunds made in the dashboard, chargebacks."""

import pytest

from freehold.core.errors import Conflict
from freehold.domain.payment_states import DisputeState, PaymentState, RefundState
from freehold.payments.models import Dispute, Refund
from tests.cases.concerning import every_provider
from tests.cases.views import PRICE, ask, held, opened, state_of
from tests.support.gateways.inn import Inn
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db(transaction=True)

PART = 10_000


@every_provider
def test_case_23_a_refund_that_bounces_is_owed_again(inn: Inn) -> None:
    _, payment = opened(inn)
    inn.act(payment, "refund_fails_later", delay_s="60")
    inn.settle()
    refund = inn.refund(payment, PART)
    inn.settle()
    assert (inn.reload(refund).state, held(inn)) == (RefundState.SUCCEEDED, PRICE - PART)
    assert inn.books() == inn.ledger()
    inn.advance(2)
    inn.settle()
    assert (inn.reload(refund).state, held(inn)) == (RefundState.FAILED, PRICE)
    assert inn.books() == inn.ledger()
    assert inn.reviews() == ["refund_failed"]


@every_provider
def test_case_24_a_refund_in_the_dashboard_is_recorded_and_flagged(inn: Inn) -> None:
    payment = inn.paid()
    inn.till.refund_in_dashboard(payment, PART)
    ask(inn, payment)
    found = Refund.objects.system("cases").get()
    assert (found.amount_minor, found.state, held(inn)) == (PART, RefundState.SUCCEEDED, PRICE - PART)
    assert inn.books() == inn.ledger()
    assert inn.reviews() == ["external_refund"]
    with pytest.raises(Conflict):
        inn.refund(payment, PRICE)
    inn.finish()


@pytest.mark.parametrize("verdict", ["won", "lost"])
@every_provider
def test_case_25_the_books_follow_a_chargeback_and_a_person_is_told(inn: Inn, verdict: str) -> None:
    booking = inn.book()
    payment = inn.paid(booking)
    control = inn.till.simulator.control
    if inn.till.slug == "stripe":
        opened_one = {"dispute": control("dispute", payment=payment.object_id)["id"], "outcome": verdict}
    else:
        made = control("dispute", payment_id=payment.charge_id)
        opened_one = {"dispute_id": made["dispute_id"], "verdict": verdict}
    inn.settle()
    assert inn.reviews() == ["dispute"]
    assert inn.books() == inn.ledger()
    assert Dispute.objects.system("cases").get().state == DisputeState.OPEN
    control("dispute", **opened_one)
    inn.settle()
    assert Dispute.objects.system("cases").get().state == verdict
    assert held(inn) == (PRICE if verdict == "won" else 0)
    assert inn.reviews() == ([] if verdict == "won" else ["dispute"])
    assert (inn.reload(payment).state, state_of(booking)) == (PaymentState.PAID, "confirmed")
    assert inn.books() == inn.ledger()
    assert broken_promises() == []
