from itertools import product

import pytest

from freehold.domain.booking_states import (
    ACTIVE,
    CANCELLABLE,
    FINAL,
    HOLDING,
    PROVISIONAL,
    TRANSITIONS,
    BookingState,
    IllegalTransition,
    can_transition,
    transition,
)

S = BookingState
ALLOWED = {
    (S.REQUESTED, S.HELD),
    (S.REQUESTED, S.DECLINED),
    (S.REQUESTED, S.EXPIRED),
    (S.REQUESTED, S.CANCELLED),
    (S.HELD, S.PENDING_PAYMENT),
    (S.HELD, S.CONFIRMED),
    (S.HELD, S.EXPIRED),
    (S.HELD, S.CANCELLED),
    (S.PENDING_PAYMENT, S.HELD),
    (S.PENDING_PAYMENT, S.CONFIRMED),
    (S.PENDING_PAYMENT, S.EXPIRED),
    (S.PENDING_PAYMENT, S.CANCELLED),
    (S.CONFIRMED, S.IN_HOUSE),
    (S.CONFIRMED, S.CANCELLED),
    (S.CONFIRMED, S.NO_SHOW),
    (S.IN_HOUSE, S.COMPLETED),
    (S.IN_HOUSE, S.CONFIRMED),
    (S.COMPLETED, S.IN_HOUSE),
    (S.EXPIRED, S.CONFIRMED),
}


@pytest.mark.parametrize(("current", "to"), list(product(S, S)))
def test_exactly_the_listed_steps_are_allowed(current: S, to: S) -> None:
    if (current, to) in ALLOWED:
        assert transition(current, to) is to
        return
    with pytest.raises(IllegalTransition) as refused:
        transition(current, to)
    assert (refused.value.current, refused.value.to) == (current, to)
    assert not can_transition(current, to)


def test_the_table_knows_every_state() -> None:
    assert set(TRANSITIONS) == set(S)
    assert all(following <= set(S) for following in TRANSITIONS.values())


def reachable(start: S) -> set[S]:
    seen, todo = {start}, [start]
    while todo:
        for following in TRANSITIONS[todo.pop()] - seen:
            seen.add(following)
            todo.append(following)
    return seen


def test_every_state_is_reached_and_every_road_can_end() -> None:
    assert reachable(S.REQUESTED) == set(S)
    for state in S:
        assert reachable(state) & FINAL


def test_final_states_are_those_that_nothing_follows() -> None:
    assert {S.CANCELLED, S.DECLINED, S.NO_SHOW} == FINAL
    assert not FINAL & ACTIVE


def test_space_is_claimed_from_the_request_to_the_departure() -> None:
    assert {S.REQUESTED, S.HELD, S.PENDING_PAYMENT, S.CONFIRMED, S.IN_HOUSE} == ACTIVE
    assert HOLDING < PROVISIONAL < ACTIVE


def test_a_request_is_no_hold_that_could_be_paid() -> None:
    assert S.REQUESTED in PROVISIONAL - HOLDING
    assert not can_transition(S.REQUESTED, S.PENDING_PAYMENT)
    assert not can_transition(S.REQUESTED, S.CONFIRMED)


def test_a_stay_that_has_begun_is_not_cancelled() -> None:
    assert {S.REQUESTED, S.HELD, S.PENDING_PAYMENT, S.CONFIRMED} == CANCELLABLE


def test_late_money_rebooks_an_expired_hold_but_never_a_cancelled_one() -> None:
    assert transition(S.EXPIRED, S.CONFIRMED) is S.CONFIRMED
    assert S.CONFIRMED not in reachable(S.CANCELLED)


def test_states_are_taken_as_stored_text_too() -> None:
    assert transition("held", "confirmed") is S.CONFIRMED  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="lost"):
        transition("lost", "confirmed")  # type: ignore[arg-type]
