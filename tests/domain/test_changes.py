from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.cancellation import (
    FLEXIBLE,
    MODERATE,
    NON_REFUNDABLE,
    PRESETS,
    STRICT,
    CancellationError,
    RefundPart,
    compute_refund_of_parts,
)
from freehold.domain.changes import ChangedPart, ChangeOutcome, compute_change, terms_after_move
from freehold.domain.money import CurrencyMismatch, Money

STARTS_AT = datetime(2026, 12, 20, 20, tzinfo=UTC)
DAY = timedelta(days=1)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


amounts = st.integers(0, 10**7).map(usd)
leads = st.integers(-200 * 3600, 1200 * 3600).map(lambda seconds: timedelta(seconds=seconds))
parts = st.lists(
    st.builds(
        ChangedPart,
        terms=st.sampled_from(list(PRESETS.values())),
        before=amounts,
        after=amounts,
        cleaning_fee=st.integers(0, 20_000).map(usd),
        starts_at=st.just(STARTS_AT),
    ),
    min_size=1,
    max_size=4,
)


def part(before: int, after: int, terms: object = MODERATE, cleaning: int = 0) -> ChangedPart:
    return ChangedPart(terms, usd(before), usd(after), usd(cleaning), STARTS_AT)  # type: ignore[arg-type]


def change(*changed: ChangedPart, paid: int, due_now: int | None = None, notice: timedelta = 30 * DAY) -> ChangeOutcome:
    due = sum(each.after.minor for each in changed) if due_now is None else due_now
    return compute_change(changed, paid=usd(paid), due_now=usd(due), as_of=STARTS_AT - notice)


@given(parts, amounts, amounts, leads)
def test_never_more_goes_back_or_is_kept_than_was_paid(
    changed: list[ChangedPart], paid: Money, due_now: Money, lead: timedelta
) -> None:
    outcome = compute_change(changed, paid=paid, due_now=due_now, as_of=STARTS_AT - lead)
    assert usd(0) <= outcome.refund <= paid
    assert usd(0) <= outcome.fee <= paid
    assert outcome.refund.is_zero or outcome.due.is_zero
    assert outcome.refund == max(paid - outcome.owed, usd(0))
    assert outcome.due <= max(outcome.owed - paid, usd(0))


@given(parts, amounts, leads)
def test_changing_nothing_costs_nothing(changed: list[ChangedPart], paid: Money, lead: timedelta) -> None:
    same = [ChangedPart(each.terms, each.before, each.before, usd(0), each.starts_at) for each in changed]
    total = Money.sum((each.before for each in same), "USD")
    outcome = compute_change(same, paid=min(paid, total), due_now=usd(0), as_of=STARTS_AT - lead)
    assert (outcome.fee, outcome.difference, outcome.refund, outcome.due) == (usd(0),) * 4


@given(parts, leads)
def test_giving_everything_up_is_cancelling(changed: list[ChangedPart], lead: timedelta) -> None:
    gone = [
        ChangedPart(each.terms, each.before, usd(0), min(each.cleaning_fee, each.before), each.starts_at)
        for each in changed
    ]
    paid = Money.sum((each.before for each in gone), "USD")
    outcome = compute_change(gone, paid=paid, due_now=usd(0), as_of=STARTS_AT - lead)
    refunds = [RefundPart(each.terms, each.before, each.cleaning_fee, each.starts_at) for each in gone]
    cancelled = compute_refund_of_parts(refunds, paid=paid, as_of=STARTS_AT - lead)
    assert (outcome.refund, outcome.fee) == (cancelled.refund, cancelled.fee)


def test_shortening_while_all_goes_back_gives_the_difference_of_the_prices() -> None:
    outcome = change(part(40_000, 20_000), paid=40_000)
    assert (outcome.refund, outcome.fee, outcome.difference) == (usd(20_000), usd(0), usd(-20_000))


def test_shortening_late_keeps_the_share_that_cancelling_would_keep() -> None:
    outcome = change(part(40_000, 20_000), paid=40_000, notice=2 * DAY)
    assert (outcome.refund, outcome.fee, outcome.owed) == (usd(10_000), usd(10_000), usd(30_000))
    assert "50 % back" in outcome.policy


def test_what_was_not_paid_is_not_kept() -> None:
    assert change(part(40_000, 20_000, NON_REFUNDABLE), paid=0, due_now=0).fee == usd(0)
    deposit = change(part(40_000, 20_000, NON_REFUNDABLE), paid=10_000, due_now=5_000)
    assert (deposit.fee, deposit.refund, deposit.due) == (usd(5_000), usd(0), usd(0))


def test_a_longer_stay_costs_the_difference() -> None:
    outcome = change(part(40_000, 55_000), paid=40_000)
    assert (outcome.due, outcome.refund, outcome.difference) == (usd(15_000), usd(0), usd(15_000))


def test_a_deposit_that_is_large_enough_needs_nothing_more_now() -> None:
    assert change(part(40_000, 50_000), paid=40_000, due_now=15_000).due == usd(0)


def test_who_leaves_early_gets_nothing_back() -> None:
    outcome = change(part(40_000, 20_000, FLEXIBLE), paid=40_000, notice=-DAY)
    assert (outcome.refund, outcome.fee) == (usd(0), usd(20_000))


def test_of_two_items_the_one_that_is_given_up_follows_its_own_terms() -> None:
    outcome = change(part(30_000, 30_000, FLEXIBLE), part(20_000, 0, STRICT), paid=50_000, notice=10 * DAY)
    assert (outcome.refund, outcome.fee) == (usd(10_000), usd(10_000))


def test_moving_the_arrival_later_buys_no_cheaper_cancellation() -> None:
    late = terms_after_move(MODERATE, promised=MODERATE, starts_at=STARTS_AT, as_of=STARTS_AT - 2 * DAY)
    assert {tier.basis_points for tier in late.tiers} == {5_000}
    early = terms_after_move(MODERATE, promised=MODERATE, starts_at=STARTS_AT, as_of=STARTS_AT - 30 * DAY)
    assert early == MODERATE
    never = terms_after_move(FLEXIBLE, promised=NON_REFUNDABLE, starts_at=STARTS_AT, as_of=STARTS_AT - 30 * DAY)
    assert never.tiers == ()


def test_amounts_are_of_one_currency_and_not_negative() -> None:
    with pytest.raises(CurrencyMismatch):
        compute_change([part(1, 1)], paid=Money(1, "EUR"), due_now=Money(1, "EUR"), as_of=STARTS_AT)
    with pytest.raises(CancellationError):
        compute_change([part(1, 1)], paid=usd(-1), due_now=usd(0), as_of=STARTS_AT)
    with pytest.raises(CancellationError):
        compute_change([], paid=usd(1), due_now=usd(0), as_of=STARTS_AT)
