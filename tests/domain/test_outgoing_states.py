from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.bank_accounts import is_iban
from freehold.domain.money import CurrencyMismatch, Money
from freehold.domain.outgoing_states import (
    REPEATABLE,
    RESERVED,
    STEPS,
    IllegalStep,
    OutgoingState,
    OutgoingStep,
    after,
    is_second_pair_of_eyes,
    left_to_pay_out,
    steps_from,
)

S, T = OutgoingState, OutgoingStep


def test_the_straight_road() -> None:
    state = S.DRAFT
    for step in (T.SUBMIT, T.APPROVE, T.SEND, T.PAY):
        state = after(state, step)
    assert state is S.PAID


@pytest.mark.parametrize(("state", "step"), [pair for pair in product(S, T) if pair[0] not in STEPS[pair[1]]])
def test_what_the_table_does_not_list_raises(state: OutgoingState, step: OutgoingStep) -> None:
    with pytest.raises(IllegalStep):
        after(state, step)
    assert step not in steps_from(state)


def reachable(start: OutgoingState) -> set[OutgoingState]:
    found = {start}
    while more := {after(state, step) for state in found for step in steps_from(state)} - found:
        found |= more
    return found


def test_nothing_is_paid_that_was_not_approved() -> None:
    without = {state: {after(state, step) for step in steps_from(state) - {T.APPROVE}} for state in S}
    found = {S.DRAFT}
    while more := {following for state in found for following in without[state]} - found:
        found |= more
    assert found == {S.DRAFT, S.SUBMITTED, S.CANCELLED}


@pytest.mark.parametrize("state", [S.SENDING, S.PAID, S.FAILED, S.RETURNED])
def test_what_may_be_gone_is_neither_cancelled_nor_changed(state: OutgoingState) -> None:
    assert not {S.CANCELLED, S.DRAFT} & reachable(state)


def test_what_is_reserved_is_not_to_be_repeated() -> None:
    assert not RESERVED & REPEATABLE


@given(st.sets(st.integers()), st.integers())
def test_nobody_approves_what_they_made(makers: set[int], person: int) -> None:
    assert is_second_pair_of_eyes(person, makers=makers) == (person not in makers)


def test_what_is_promised_is_not_left() -> None:
    assert left_to_pay_out(balance=Money(500, "KES"), reserved=Money(200, "KES")) == Money(300, "KES")
    with pytest.raises(CurrencyMismatch):
        left_to_pay_out(balance=Money(500, "KES"), reserved=Money(200, "USD"))


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("DE89370400440532013000", True),
        ("DE89370400440532013001", False),
        ("GB82WEST12345698765432", True),
        ("", False),
    ],
)
def test_an_iban_tells_when_a_digit_is_wrong(text: str, is_right: bool) -> None:
    assert is_iban(text) == is_right
