"""The rig that runs and cases stand on: at each provider a stay is paid, told, refunded, and both books agree."""

import pytest

from freehold.domain.booking_states import BookingState
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.payments.models import GatewayEvent
from tests.support.gateways.fixtures import OpenInn
from tests.support.gateways.tills import TILLS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("gateways-inn")]

PROVIDERS = sorted(TILLS)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_stay_is_paid_and_goes_back_when_it_is_cancelled(open_inn: OpenInn, name: str) -> None:
    inn = open_inn(name)
    booking = inn.book()
    payment = inn.pay(booking)
    assert payment.state == PaymentState.PENDING
    assert inn.reload(booking).state == BookingState.PENDING_PAYMENT
    inn.act(payment, "pay")
    assert inn.deliver(), "the provider tells of it"
    inn.work()
    inn.advance(1)
    inn.settle()
    assert (inn.reload(payment).state, inn.reload(booking).state) == (PaymentState.PAID, BookingState.CONFIRMED)
    assert inn.books() == inn.ledger() == {(inn.till.slug, inn.till.currency): 30_000}
    inn.cancel(booking)
    inn.settle()
    inn.advance(1)
    inn.settle()
    assert payment.refunds.get().state == RefundState.SUCCEEDED
    assert inn.books() == inn.ledger() == {}
    assert inn.reviews() == []
    inn.finish()


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_message_that_never_comes_is_made_good_by_asking(open_inn: OpenInn, name: str) -> None:
    inn = open_inn(name)
    payment = inn.pay(inn.book())
    inn.act(payment, "pay")
    inn.lose(inn.arrived())
    inn.advance(1)
    inn.settle()
    inn.advance(2)
    inn.settle()
    assert inn.reload(payment).state == PaymentState.PAID
    inn.finish()


@pytest.mark.parametrize("name", PROVIDERS)
def test_an_answer_that_is_lost_after_the_refund_was_made_sends_no_second_one(open_inn: OpenInn, name: str) -> None:
    inn = open_inn(name, patience_s=0.4)
    payment = inn.paid(booking := inn.book())
    inn.trouble("refund", "timeout", executed=True)
    inn.cancel(booking)
    inn.work()
    inn.advance(5)
    inn.settle()
    inn.advance(5)
    inn.settle()
    assert payment.refunds.get().state == RefundState.SUCCEEDED
    assert inn.books() == inn.ledger() == {}
    inn.finish()


def test_a_signed_message_is_believed_however_far_our_clock_was_moved(open_inn: OpenInn) -> None:
    """What was refunded in the dashboard is known by the message's own content alone."""
    inn = open_inn("stripe")
    payment = inn.paid()
    inn.advance(3 * 24 * 60)
    inn.tills["stripe"].refund_in_dashboard(payment, 1_000)
    inn.deliver(inn.arrived("refund.created"))
    inn.work()
    assert GatewayEvent.objects.get(type="refund.created").state == GatewayEvent.State.APPLIED
    assert inn.reviews() == ["external_refund"]
