"""A refund of money that the payer's bank disputes: it waits, and nothing is given back twice."""

import pytest

from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, NotFound
from freehold.core.models import OutboxMessage
from freehold.domain.money import Money
from freehold.domain.payment_states import DisputeState, RefundState
from freehold.payments.models import Payment, Refund, ReviewItem
from freehold.payments.services import execute_refund as module
from freehold.payments.services.apply_dispute import apply_dispute
from freehold.payments.services.end_charged_back import end_charged_back
from freehold.payments.services.execute_refund import execute_refund
from freehold.payments.services.request_refund import request_refund
from freehold.payments.services.retry_refund import retry_refund
from freehold.ports.payment_gateway import DisputeSnapshot, RefundRequest, RefundSnapshot
from tests.apps.payments.builders import usd
from tests.apps.payments.shop import account_balance
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import confirmed
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


@pytest.fixture
def payment() -> Payment:
    return confirmed(ListingFactory())[1]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The gateway: it takes every refund, and this says which."""
    told: list[str] = []

    def call(_refund: object, request: RefundRequest) -> RefundSnapshot:
        told.append(request.refund_id)
        return RefundSnapshot(f"re_{request.refund_id}", RefundState.SUCCEEDED, request.amount)

    monkeypatch.setattr(module, "call", call)
    monkeypatch.setattr(module, "gateway_of", lambda payment: _Gateway())
    return told


class _Gateway:
    class caps:  # noqa: N801
        refund_by_hand = False

    def refund(self, request: RefundRequest) -> RefundSnapshot:
        raise AssertionError("goes through `call`")


def dispute(payment: Payment, state: DisputeState, minor: int, *, name: str = "dp_1") -> None:
    out = 0 if state is DisputeState.WON else minor
    snapshot = DisputeSnapshot(name, state, usd(minor), withdrawn=usd(out), reason="fraudulent")
    apply_dispute(payment_id=payment.pk, snapshot=snapshot)


def cancelled(payment: Payment, minor: int | None = None) -> Refund:
    """As a cancellation does: the debt is given up, and the money is owed back."""
    amount = Money(minor or payment.amount_minor, payment.currency)
    return request_refund(actor=SYSTEM, payment_id=payment.pk, amount=amount, key="cancel:1:1", reason="cancelled")


def executed(refund: Refund) -> Refund:
    execute_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    return refund


def test_an_open_dispute_holds_the_refund_back_and_says_so_once(payment: Payment, sent: list[str]) -> None:
    dispute(payment, DisputeState.OPEN, payment.amount_minor)
    refund = cancelled(payment)
    for _ in range(2):
        assert executed(refund).state == RefundState.CREATED
    assert (sent, refund.called_at, refund.error_code) == ([], None, "waits_for_dispute")
    assert ReviewItem.objects.filter(refund=refund).count() == 1


def test_without_a_dispute_it_leaves(payment: Payment, sent: list[str]) -> None:
    refund = cancelled(payment)
    assert executed(refund).state == RefundState.SUCCEEDED
    assert sent == [str(refund.pk)]


def test_once_won_it_is_sent(payment: Payment, sent: list[str]) -> None:
    dispute(payment, DisputeState.OPEN, payment.amount_minor)
    refund = executed(cancelled(payment))
    before = OutboxMessage.objects.filter(event="RefundRequested").count()
    dispute(payment, DisputeState.WON, payment.amount_minor)
    assert OutboxMessage.objects.filter(event="RefundRequested").count() == before + 1
    assert executed(refund).state == RefundState.SUCCEEDED
    assert ReviewItem.objects.get(refund=refund).resolved_at is not None


def test_once_lost_a_person_ends_it_and_the_loss_was_the_refund(payment: Payment, sent: list[str]) -> None:
    dispute(payment, DisputeState.LOST, payment.amount_minor)
    refund = executed(cancelled(payment))
    assert broken_promises() == []
    for _ in range(2):
        assert end_charged_back(actor=SYSTEM, refund_id=refund.pk).state == RefundState.CHARGED_BACK
    refund.refresh_from_db()
    assert sent == []
    assert [account_balance(payment.folio_id, name) for name in ("refunds_payable", "dispute_losses")] == [0, 0]
    assert account_balance(payment.folio_id, "gateway_clearing") == 0
    assert ReviewItem.objects.get(refund=refund).resolved_at is not None
    assert executed(refund).state == RefundState.CHARGED_BACK
    assert broken_promises() == []


def test_a_cancelled_booking_that_was_charged_back_keeps_every_promise_to_the_end(sent: list[str]) -> None:
    booking, payment = confirmed(ListingFactory())
    dispute(payment, DisputeState.LOST, payment.amount_minor)
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    refund = executed(Refund.objects.system("test").get())
    end_charged_back(actor=SYSTEM, refund_id=refund.pk)
    ReviewItem.objects.update(resolved_at=clock.now())
    assert (sent, broken_promises()) == ([], [])


def test_while_it_is_open_nobody_ends_it(payment: Payment) -> None:
    dispute(payment, DisputeState.OPEN, payment.amount_minor)
    refund = executed(cancelled(payment))
    with pytest.raises(Conflict) as refusal:
        end_charged_back(actor=SYSTEM, refund_id=refund.pk)
    assert refusal.value.code == "dispute_open"


def test_what_waits_for_nothing_is_not_ended(payment: Payment) -> None:
    refund = cancelled(payment)
    with pytest.raises(Conflict) as refusal:
        end_charged_back(actor=SYSTEM, refund_id=refund.pk)
    assert refusal.value.code == "not_waiting"


def test_a_stranger_ends_nothing(payment: Payment) -> None:
    dispute(payment, DisputeState.LOST, payment.amount_minor)
    refund = executed(cancelled(payment))
    with pytest.raises(NotFound):
        end_charged_back(actor=Actor.of(UserFactory()), refund_id=refund.pk)
    refund.refresh_from_db()
    assert refund.state == RefundState.CREATED


def test_what_the_bank_does_not_dispute_leaves(payment: Payment, sent: list[str]) -> None:
    dispute(payment, DisputeState.OPEN, 10_000)
    refund = cancelled(payment, payment.amount_minor - 10_000)
    assert executed(refund).state == RefundState.SUCCEEDED


def test_of_a_part_that_was_lost_the_rest_is_sent(payment: Payment, sent: list[str]) -> None:
    dispute(payment, DisputeState.LOST, 10_000)
    refund = executed(cancelled(payment))
    end_charged_back(actor=SYSTEM, refund_id=refund.pk)
    refund.refresh_from_db()
    rest = Refund.objects.system("test").exclude(pk=refund.pk).get()
    assert (refund.amount_minor, rest.amount_minor) == (10_000, payment.amount_minor - 10_000)
    assert executed(rest).state == RefundState.SUCCEEDED
    assert account_balance(payment.folio_id, "refunds_payable") == 0
    assert account_balance(payment.folio_id, "gateway_clearing") == 0
    assert broken_promises() == []


def test_won_after_it_was_ended_the_refund_is_owed_again(payment: Payment, sent: list[str]) -> None:
    dispute(payment, DisputeState.LOST, payment.amount_minor)
    refund = executed(cancelled(payment))
    end_charged_back(actor=SYSTEM, refund_id=refund.pk)
    for _ in range(2):
        dispute(payment, DisputeState.WON, payment.amount_minor)
    refund.refresh_from_db()
    assert refund.state == RefundState.FAILED
    assert account_balance(payment.folio_id, "refunds_payable") == -payment.amount_minor
    assert account_balance(payment.folio_id, "dispute_losses") == 0
    assert executed(retry_refund(actor=SYSTEM, refund_id=refund.pk)).state == RefundState.SUCCEEDED
    assert account_balance(payment.folio_id, "gateway_clearing") == 0
    assert account_balance(payment.folio_id, "refunds_payable") == 0


def test_a_dispute_of_which_no_amount_is_known_holds_everything(payment: Payment, sent: list[str]) -> None:
    apply_dispute(payment_id=payment.pk, snapshot=DisputeSnapshot("dp_1", DisputeState.OPEN, None))
    assert executed(cancelled(payment, 100)).error_code == "waits_for_dispute"


def test_two_refunds_beside_a_dispute_share_what_is_left(payment: Payment, sent: list[str]) -> None:
    dispute(payment, DisputeState.OPEN, 10_000)
    first = cancelled(payment, payment.amount_minor - 15_000)
    amount = Money(10_000, payment.currency)
    second = request_refund(actor=SYSTEM, payment_id=payment.pk, amount=amount, key="second", reason="x")
    assert executed(first).state == RefundState.SUCCEEDED
    assert executed(second).error_code == "waits_for_dispute"
