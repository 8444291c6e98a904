"""Damage deposits: the table of states, what is due when, and who gets what."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.capturing import CaptureWhen, capture_of_all, holds_first
from freehold.domain.deposits import (
    OPEN,
    TRANSITIONS,
    DepositFacts,
    DepositState,
    DepositStep,
    DepositTerms,
    IllegalDepositStep,
    amount_to_capture,
    deposit_of_all,
    deposit_step,
    next_step,
    renews_at,
    shares_of_captured,
)
from freehold.domain.errors import DomainError
from freehold.domain.money import Money

S = DepositState
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def facts(state: DepositState, **changes: object) -> DepositFacts:
    usual: dict[str, object] = {
        "state": state,
        "stands": True,
        "fell_through": False,
        "asked_from": NOW + 2 * DAY,
        "departure": NOW + 5 * DAY,
        "returned_at": NOW + 12 * DAY,
        "renews_from": None,
    }
    return DepositFacts(**{**usual, **changes})  # type: ignore[arg-type]


@given(st.sampled_from(S), st.sampled_from(S))
def test_only_listed_steps_are_taken(current: DepositState, to: DepositState) -> None:
    if to in TRANSITIONS[current]:
        assert deposit_step(current.value, to) is to
    else:
        with pytest.raises(IllegalDepositStep):
            deposit_step(current, to)


def test_what_ended_stays_ended() -> None:
    assert set(S) - OPEN == {S.KEPT, S.RELEASED, S.WAIVED, S.DROPPED}


@pytest.mark.parametrize(
    ("given_facts", "step"),
    [
        (facts(S.PLANNED), None),
        (facts(S.PLANNED, asked_from=NOW), DepositStep.ASK),
        (facts(S.PLANNED, asked_from=NOW, stands=False), None),
        (facts(S.ASKED, asked_from=NOW), None),
        (facts(S.ASKED, departure=NOW), DepositStep.DROP),
        (facts(S.PLANNED, fell_through=True), DepositStep.DROP),
        (facts(S.LAPSED, departure=NOW - DAY), DepositStep.DROP),
        (facts(S.HELD), None),
        (facts(S.HELD, departure=NOW - DAY), None),
        (facts(S.HELD, returned_at=NOW), DepositStep.RELEASE),
        (facts(S.HELD, fell_through=True), DepositStep.RELEASE),
        (facts(S.HELD, renews_from=NOW), DepositStep.RENEW),
        (facts(S.HELD, renews_from=NOW, renewal_asked_at=NOW - DAY / 2), None),
        (facts(S.HELD, renews_from=NOW, renewal_asked_at=NOW - DAY), DepositStep.RENEW),
        (facts(S.HELD, renews_from=NOW, returned_at=NOW), DepositStep.RELEASE),
        (facts(S.HELD, departure=None, returned_at=None), None),
        (facts(S.CLAIMED, returned_at=NOW), None),
        (facts(S.RELEASED, returned_at=NOW), None),
    ],
)
def test_what_is_due(given_facts: DepositFacts, step: DepositStep | None) -> None:
    assert next_step(given_facts, now=NOW) is step


def test_what_lasts_until_it_goes_back_is_not_renewed() -> None:
    assert renews_at(NOW, held_from=None, returned_at=NOW) is None
    assert renews_at(None, held_from=None, returned_at=None) is None
    assert renews_at(NOW, held_from=None, returned_at=NOW + timedelta(seconds=1)) == NOW - 3 * DAY


def test_what_is_held_for_a_few_days_only_is_not_asked_for_at_once() -> None:
    def renewed(days: int) -> datetime | None:
        return renews_at(NOW, held_from=NOW - days * DAY, returned_at=None)

    assert [renewed(days) for days in (7, 6, 2)] == [NOW - 3 * DAY, NOW - 3 * DAY, NOW - DAY]


@given(st.integers(1, 10**9), st.integers(-5, 10**9 + 5), st.booleans())
def test_never_more_is_taken_than_is_held(held: int, part: int, partial: bool) -> None:
    if 0 < part <= held:
        taken = amount_to_capture(usd(held), usd(part), partial_capture=partial)
        assert taken == usd(part if partial else held)
        kept, back = shares_of_captured(taken, usd(part))
        assert (kept, kept + back) == (usd(part), taken)
    else:
        with pytest.raises(DomainError):
            amount_to_capture(usd(held), usd(part), partial_capture=partial)


def test_places_booked_together_have_one_deposit() -> None:
    assert deposit_of_all([]) is None
    both = deposit_of_all([DepositTerms(usd(100), 1, 7), DepositTerms(usd(250), 3, 2)])
    assert both == DepositTerms(usd(350), 3, 7)
    for wrong in ({"amount": usd(0)}, {"amount": usd(1), "ask_days": -1}, {"amount": usd(1), "return_days": 61}):
        with pytest.raises(DomainError):
            DepositTerms(**wrong)  # type: ignore[arg-type]


def test_money_is_held_first_only_where_that_lasts_long_enough() -> None:
    def holds(wanted: CaptureWhen, *, manual: bool = True, days: int = 2) -> bool:
        return holds_first(
            wanted, manual_capture=manual, authorization_days=7, now=NOW, needed_until=NOW + timedelta(days=days)
        )

    assert holds(CaptureWhen.CONFIRMATION)
    assert not holds(CaptureWhen.AT_ONCE)
    assert not holds(CaptureWhen.BY_HAND, manual=False)
    assert not holds(CaptureWhen.CHECK_IN, days=7)
    assert capture_of_all([CaptureWhen.CHECK_IN, CaptureWhen.CHECK_IN]) is CaptureWhen.CHECK_IN
    assert capture_of_all([CaptureWhen.CHECK_IN, CaptureWhen.BY_HAND]) is CaptureWhen.AT_ONCE
