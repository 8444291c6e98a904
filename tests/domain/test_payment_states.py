from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.money import Money
from freehold.domain.payment_states import (
    PAYOUT_RANK,
    RANK,
    REFUND_RANK,
    UNSETTLED,
    Action,
    AmountVerdict,
    PaymentState,
    PayoutState,
    RefundState,
    Situation,
    judge_amount,
    late_money,
    next_payout_state,
    next_refund_state,
    next_state,
)

payment_events = st.lists(st.sampled_from(PaymentState), max_size=12)
refund_events = st.lists(st.sampled_from(RefundState), max_size=10)
payout_events = st.lists(st.sampled_from(PayoutState), max_size=10)


def after(*seen: PaymentState, start: PaymentState = PaymentState.CREATED) -> PaymentState:
    return reduce(next_state, seen, start)


@pytest.mark.parametrize("failure", [PaymentState.FAILED, PaymentState.CANCELLED, PaymentState.EXPIRED])
def test_a_payment_that_was_paid_ends_paid_in_every_order_of_events(failure: PaymentState) -> None:
    reports = (
        PaymentState.PENDING,
        PaymentState.PROCESSING,
        PaymentState.UNKNOWN,
        failure,
        PaymentState.AUTHORIZED,
        PaymentState.PAID,
    )
    assert {after(*order) for order in permutations(reports)} == {PaymentState.PAID}


@given(payment_events, st.data())
def test_duplicates_and_disorder_change_nothing_once_money_came(
    events: list[PaymentState], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations([*events, *events, PaymentState.PAID]))
    assert after(*shuffled) is PaymentState.PAID


@given(payment_events)
def test_paid_never_regresses(events: list[PaymentState]) -> None:
    assert after(*events, start=PaymentState.PAID) is PaymentState.PAID


@pytest.mark.parametrize("failure", [PaymentState.FAILED, PaymentState.CANCELLED, PaymentState.EXPIRED])
def test_a_payment_that_failed_ends_failed_in_every_order_of_events(failure: PaymentState) -> None:
    assert {
        after(*order)
        for order in permutations((PaymentState.PENDING, PaymentState.PROCESSING, PaymentState.UNKNOWN, failure))
    } == {failure}


@given(payment_events, st.sampled_from(PaymentState))
def test_hearing_the_same_report_twice_changes_nothing(events: list[PaymentState], seen: PaymentState) -> None:
    once = after(*events, seen)
    assert next_state(once, seen) is once


@given(st.sampled_from(PaymentState), st.sampled_from(PaymentState))
def test_states_go_back_only_when_a_query_or_a_release_says_so(current: PaymentState, seen: PaymentState) -> None:
    following = next_state(current, seen)
    assert following in (current, seen)
    if RANK[following] < RANK[current]:
        assert (current, following) in {
            (PaymentState.UNKNOWN, PaymentState.PENDING),
            (PaymentState.AUTHORIZED, PaymentState.CANCELLED),
            (PaymentState.AUTHORIZED, PaymentState.EXPIRED),
        }


@pytest.mark.parametrize("closed", [PaymentState.FAILED, PaymentState.CANCELLED, PaymentState.EXPIRED])
@pytest.mark.parametrize("late", [PaymentState.AUTHORIZED, PaymentState.PAID])
def test_late_money_counts_after_any_failure(closed: PaymentState, late: PaymentState) -> None:
    assert next_state(closed, late) is late


@pytest.mark.parametrize(
    ("current", "seen"),
    [
        (PaymentState.FAILED, PaymentState.EXPIRED),
        (PaymentState.EXPIRED, PaymentState.CANCELLED),
        (PaymentState.PROCESSING, PaymentState.UNKNOWN),
    ],
)
def test_of_reports_that_weigh_alike_the_first_stays(current: PaymentState, seen: PaymentState) -> None:
    assert next_state(current, seen) is current


def test_unknown_is_answered_by_any_definite_report() -> None:
    for seen in set(PaymentState) - {PaymentState.CREATED, PaymentState.UNKNOWN}:
        assert next_state(PaymentState.UNKNOWN, seen) is seen


def test_the_reconciler_asks_about_what_the_gateway_left_open() -> None:
    assert {PaymentState.CREATED, PaymentState.PENDING, PaymentState.PROCESSING, PaymentState.UNKNOWN} == UNSETTLED


@given(refund_events, st.data())
def test_refunds_end_alike_in_every_order_of_events(events: list[RefundState], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations([*events, *events]))
    assert reduce(next_refund_state, shuffled, RefundState.CREATED) is reduce(
        next_refund_state, events, RefundState.CREATED
    )


def test_a_refund_that_succeeded_may_still_fail_and_a_failed_one_never_revives() -> None:
    assert next_refund_state(RefundState.SUCCEEDED, RefundState.FAILED) is RefundState.FAILED
    for seen in RefundState:
        assert next_refund_state(RefundState.FAILED, seen) is RefundState.FAILED
    for seen in (RefundState.PENDING, RefundState.UNKNOWN, RefundState.CREATED, RefundState.CANCELLED):
        assert next_refund_state(RefundState.SUCCEEDED, seen) is RefundState.SUCCEEDED


@given(payout_events, st.data())
def test_payouts_end_as_badly_or_well_in_every_order_of_events(events: list[PayoutState], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations([*events, *events]))
    ends = [reduce(next_payout_state, order, PayoutState.CREATED) for order in (shuffled, events)]
    assert PAYOUT_RANK[ends[0]] == PAYOUT_RANK[ends[1]]


def test_a_payout_that_was_paid_may_still_fail_or_be_reversed() -> None:
    assert next_payout_state(PayoutState.PAID, PayoutState.FAILED) is PayoutState.FAILED
    assert next_payout_state(PayoutState.PAID, PayoutState.REVERSED) is PayoutState.REVERSED
    assert next_payout_state(PayoutState.PAID, PayoutState.PENDING) is PayoutState.PAID
    assert next_payout_state(PayoutState.REVERSED, PayoutState.FAILED) is PayoutState.REVERSED


def test_every_state_has_a_rank() -> None:
    assert (set(RANK), set(REFUND_RANK), set(PAYOUT_RANK)) == (set(PaymentState), set(RefundState), set(PayoutState))


@pytest.mark.parametrize("states", [PaymentState, RefundState, PayoutState])
def test_the_gateways_spelling_of_cancelled_is_understood(
    states: type[PaymentState] | type[RefundState] | type[PayoutState],
) -> None:
    assert states("canceled") is states("cancelled") is states.CANCELED is states.CANCELLED
    assert states.CANCELLED.value == "cancelled"
    with pytest.raises(ValueError, match="lost"):
        states("lost")


@pytest.mark.parametrize(
    ("situation", "action", "key"),
    [
        (Situation.HELD, Action.CONFIRM, None),
        (Situation.EXPIRED_REACQUIRED, Action.REBOOK, None),
        (Situation.OWING, Action.SETTLE, None),
        (Situation.EXPIRED_TAKEN, Action.REFUND, "late:42"),
        (Situation.EXPIRED_PAST, Action.REFUND, "past:42"),
        (Situation.ALREADY_PAID, Action.REFUND, "dup:42"),
        (Situation.CANCELLED, Action.REFUND, "cancelled:42"),
    ],
)
def test_late_money_is_used_or_goes_back(situation: Situation, action: Action, key: str | None) -> None:
    decision = late_money(situation, payment_id="42")
    assert (decision.action, decision.refund_key) == (action, key)
    assert bool(decision.reason) == (action is Action.REFUND)


def test_every_situation_has_a_decision() -> None:
    keys = [late_money(situation, payment_id="42").refund_key for situation in Situation]
    refunds = [key for key in keys if key is not None]
    assert len(keys) == len(Situation)
    assert len(set(refunds)) == len(refunds)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from(["USD", "EUR"]))
def test_only_the_asked_amount_or_more_may_confirm(asked: int, received: int, currency: str) -> None:
    verdict = judge_amount(asked=Money(asked, "USD"), received=Money(received, currency))
    enough = currency == "USD" and received >= asked
    assert (verdict in (AmountVerdict.EXACT, AmountVerdict.OVER)) == enough
    assert (verdict is AmountVerdict.EXACT) == (enough and received == asked)
    assert (verdict is AmountVerdict.OTHER_CURRENCY) == (currency != "USD")
