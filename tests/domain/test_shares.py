"""Splitting an amount among payers, and how a link stands."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.money import CurrencyMismatch, Money
from freehold.domain.shares import (
    FEWEST_SHARES,
    MOST_SHARES,
    InvalidShares,
    LinkFacts,
    LinkState,
    check_shares,
    link_state,
    split_equally,
    still_due,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)
counts = st.integers(FEWEST_SHARES, MOST_SHARES)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@given(st.integers(MOST_SHARES, 10**12), counts)
def test_equal_shares_sum_exactly_and_differ_by_a_cent_at_most(minor: int, count: int) -> None:
    shares = split_equally(usd(minor), count)
    check_shares(usd(minor), shares)
    assert max(shares).minor - min(shares).minor <= 1
    assert list(shares) == sorted(shares, reverse=True)


@given(st.lists(st.integers(1, 10**9), min_size=FEWEST_SHARES, max_size=MOST_SHARES), st.integers(-5, 5))
def test_given_shares_are_the_amount_or_are_refused(minors: list[int], off: int) -> None:
    shares = [usd(minor) for minor in minors]
    amount = usd(sum(minors) + off)
    if off:
        with pytest.raises(InvalidShares):
            check_shares(amount, shares)
    else:
        check_shares(amount, shares)


@pytest.mark.parametrize("shares", [[], [100], [100, 0], [150, -50], [1] * (MOST_SHARES + 1)])
def test_shares_that_nobody_can_pay_are_refused(shares: list[int]) -> None:
    with pytest.raises(InvalidShares):
        check_shares(usd(sum(shares)), [usd(share) for share in shares])


def test_a_cent_is_not_split() -> None:
    with pytest.raises(InvalidShares):
        split_equally(usd(2), 3)


def test_shares_of_another_currency_are_no_shares() -> None:
    with pytest.raises(CurrencyMismatch):
        check_shares(usd(200), [usd(100), Money(100, "EUR")])


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=8), st.randoms())
def test_in_whatever_order_shares_come_only_the_last_one_leaves_nothing_due(minors: list[int], random: object) -> None:
    random.shuffle(minors)  # type: ignore[attr-defined]
    due, arrived = usd(sum(minors)), usd(0)
    for number, minor in enumerate(minors, start=1):
        arrived += usd(minor)
        assert still_due(due, arrived=arrived).is_zero == (number == len(minors))
    assert still_due(due, arrived=arrived + usd(1)).is_zero


@pytest.mark.parametrize(
    ("came", "stayed", "is_revoked", "hours", "state"),
    [
        (0, 0, False, 1, LinkState.OPEN),
        (0, 0, False, 0, LinkState.EXPIRED),
        (0, 0, True, 1, LinkState.REVOKED),
        (100, 100, False, 1, LinkState.PAID),
        (100, 100, True, -1, LinkState.PAID),
        (100, 30, False, -1, LinkState.PAID),
        (100, 0, True, 1, LinkState.RETURNED),
    ],
)
def test_how_a_link_stands(came: int, stayed: int, is_revoked: bool, hours: int, state: LinkState) -> None:
    facts = LinkFacts(came, stayed, is_revoked, NOW + timedelta(hours=hours))
    assert link_state(facts, at=NOW) is state
