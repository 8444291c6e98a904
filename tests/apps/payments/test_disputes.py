"""Chargebacks: the payment is flagged, the books follow the money, and a person is told."""

from itertools import permutations

import pytest

from freehold.core import clock
from freehold.domain.money import Money
from freehold.domain.payment_states import DisputeState, PaymentState
from freehold.payments.models import Charge, Dispute, GatewayEvent, Payment, ReviewItem
from freehold.payments.services.apply_dispute import apply_dispute
from freehold.payments.services.apply_event import apply_event
from freehold.ports.payment_gateway import DisputeSnapshot
from tests.apps.payments.builders import a_folio, a_payment, usd
from tests.apps.payments.shop import account_balance
from tests.factories import ListingFactory
from tests.support.booked import confirmed
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db

OPEN = (DisputeState.OPEN, 54_000)
WON = (DisputeState.WON, 0)
LOST = (DisputeState.LOST, 54_000)


def say(payment: Payment, *told: tuple[DisputeState, int]) -> Dispute:
    for state, out in told:
        snapshot = DisputeSnapshot("dp_1", state, usd(54_000), withdrawn=usd(out), reason="fraudulent")
        apply_dispute(payment_id=payment.pk, snapshot=snapshot)
    return Dispute.objects.company(payment.company_id).get()


def books(payment: Payment) -> tuple[int, int, int]:
    return tuple(  # type: ignore[return-value]
        account_balance(payment.folio_id, code) for code in ("gateway_clearing", "disputed", "dispute_losses")
    )


@pytest.fixture
def payment() -> Payment:
    return a_payment(a_folio(54_000))


def test_case_25_opened_the_money_is_away_and_somebody_is_told(payment: Payment) -> None:
    assert say(payment, OPEN).state == DisputeState.OPEN
    assert books(payment) == (-54_000, 54_000, 0)
    assert ReviewItem.objects.get().kind == ReviewItem.Kind.DISPUTE
    payment.refresh_from_db()
    assert payment.state == PaymentState.PAID


def test_case_25_won_the_money_is_back_and_the_question_settled(payment: Payment) -> None:
    assert say(payment, OPEN, WON).state == DisputeState.WON
    assert books(payment) == (0, 0, 0)
    assert ReviewItem.objects.get().resolved_at is not None


def test_case_25_lost_the_money_is_given_up(payment: Payment) -> None:
    assert say(payment, OPEN, LOST).state == DisputeState.LOST
    assert books(payment) == (-54_000, 0, 54_000)
    assert ReviewItem.objects.get().resolved_at is None


def test_won_after_it_was_lost_takes_the_loss_back(payment: Payment) -> None:
    say(payment, OPEN, LOST, WON)
    assert books(payment) == (0, 0, 0)


@pytest.mark.parametrize("order", list(permutations([OPEN, OPEN, LOST])))
def test_any_order_any_number_of_times_ends_the_same(
    payment: Payment, order: tuple[tuple[DisputeState, int], ...]
) -> None:
    say(payment, *order, *order)
    assert books(payment) == (-54_000, 0, 54_000)


def test_a_dispute_that_takes_nothing_yet_moves_nothing(payment: Payment) -> None:
    say(payment, (DisputeState.OPEN, 0))
    assert books(payment) == (0, 0, 0)


def test_two_messages_of_an_open_dispute_may_come_in_any_order(payment: Payment) -> None:
    for told in ([(DisputeState.OPEN, 0), OPEN], [OPEN, (DisputeState.OPEN, 0)]):
        assert say(payment, *told).withdrawn_minor == 54_000
        assert books(payment) == (-54_000, 54_000, 0)
    say(payment, (DisputeState.OPEN, 0), WON)
    assert books(payment) == (0, 0, 0)


def test_what_is_taken_after_it_was_lost_is_lost_as_well(payment: Payment) -> None:
    say(payment, (DisputeState.LOST, 0), LOST)
    assert books(payment) == (-54_000, 0, 54_000)
    say(payment, (DisputeState.LOST, 40_000))
    assert books(payment) == (-40_000, 0, 40_000)
    say(payment, LOST, WON)
    assert books(payment) == (0, 0, 0)


def test_what_was_taken_in_another_currency_is_not_guessed_and_needs_an_entry(payment: Payment) -> None:
    for state in (DisputeState.OPEN, DisputeState.OPEN, DisputeState.LOST):
        apply_dispute(payment_id=payment.pk, snapshot=DisputeSnapshot("dp_1", state, usd(54_000)))
    assert books(payment) == (0, 0, 0)
    told, entry = ReviewItem.objects.order_by("created_at", "id")
    assert "the books need an entry" in entry.detail
    assert {told.kind, entry.kind} == {ReviewItem.Kind.DISPUTE}
    assert (entry.payment, entry.company_id) == (payment, payment.company_id)


def test_a_message_that_says_nothing_of_the_money_takes_nothing_back(payment: Payment) -> None:
    say(payment, OPEN)
    apply_dispute(payment_id=payment.pk, snapshot=DisputeSnapshot("dp_1", DisputeState.LOST, usd(54_000)))
    assert books(payment) == (-54_000, 0, 54_000)


def test_a_chargeback_of_an_earlier_charge_finds_its_payment(payment: Payment) -> None:
    account = {"provider": payment.provider, "account": payment.account}
    for number, name in enumerate(("ch_first", "ch_last"), start=1):
        Charge.objects.create(
            company_id=payment.company_id,
            payment=payment,
            number=number,
            charge_id=name,
            currency="USD",
            amount_minor=27_000,
            occurred_at=clock.now(),
            **account,
        )
    Payment.objects.system("test").filter(pk=payment.pk).update(charge_id="ch_last")
    event = GatewayEvent.objects.create(
        **account, dedupe_key="e1", subject="dispute", type="dispute", object_id="ch_first", trusted=False, body=b""
    )
    assert apply_event(event_id=event.pk).payment == payment


@pytest.mark.parametrize("told", [[OPEN], [OPEN, WON], [OPEN, LOST]])
def test_a_chargeback_breaks_no_promise(told: list[tuple[DisputeState, int]]) -> None:
    _, payment = confirmed(ListingFactory())
    say(payment, *told)
    assert broken_promises() == []


def test_another_currency_is_for_a_person_alone(payment: Payment) -> None:
    snapshot = DisputeSnapshot("dp_1", DisputeState.OPEN, Money(1_000, "EUR"))
    applied = apply_dispute(payment_id=payment.pk, snapshot=snapshot)
    assert applied.dispute is None
    assert not Dispute.objects.system("test").exists()
    assert ReviewItem.objects.get().currency == "EUR"
