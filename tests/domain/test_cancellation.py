from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

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
    CancellationTerms,
    RefundOutcome,
    RefundPart,
    Tier,
    compute_refund,
    compute_refund_of_parts,
    refund_timeline,
    refund_timeline_of_parts,
)
from freehold.domain.money import CurrencyMismatch, Money

STARTS_AT = datetime(2026, 12, 20, 20, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def make_terms(hours: list[int], points: list[int]) -> CancellationTerms:
    descending = zip(sorted(hours, reverse=True), sorted(points, reverse=True), strict=False)
    return CancellationTerms(tuple(Tier(hour, point) for hour, point in descending), "House rules")


any_terms = st.builds(
    make_terms,
    st.lists(st.integers(0, 1000), max_size=4, unique=True),
    st.lists(st.integers(0, 10_000), min_size=4, max_size=4),
) | st.sampled_from(list(PRESETS.values()))
amounts = st.integers(0, 10**7).map(usd)
leads = st.integers(-200 * 3600, 1200 * 3600).map(lambda seconds: timedelta(seconds=seconds))


def refund(terms: CancellationTerms, paid: Money, total: Money, cleaning: Money, lead: timedelta) -> RefundOutcome:
    return compute_refund(
        terms, paid=paid, total=total, cleaning_fee=cleaning, starts_at=STARTS_AT, as_of=STARTS_AT - lead
    )


@given(any_terms, amounts, amounts, amounts, leads)
def test_what_is_paid_is_refunded_or_kept_and_nothing_else(
    terms: CancellationTerms, paid: Money, total: Money, cleaning: Money, lead: timedelta
) -> None:
    outcome = refund(terms, paid, total, cleaning, lead)
    assert outcome.refund + outcome.fee == paid
    assert usd(0) <= outcome.refund <= paid
    assert outcome.refund >= paid - total  # what was never owed goes back whole
    assert outcome.policy.startswith(terms.policy_name)


@given(any_terms, amounts, amounts, amounts, leads, leads)
def test_a_shorter_notice_never_gives_back_more(
    terms: CancellationTerms, paid: Money, total: Money, cleaning: Money, first: timedelta, second: timedelta
) -> None:
    longer, shorter = max(first, second), min(first, second)
    refunds = [refund(terms, paid, total, cleaning, lead).refund for lead in (longer, shorter)]
    assert refunds[0] >= refunds[1]


@given(any_terms, amounts, amounts, leads)
def test_the_cleaning_fee_goes_back_whole_until_arrival_and_never_after(
    terms: CancellationTerms, total: Money, cleaning: Money, lead: timedelta
) -> None:
    outcome = refund(terms, total, total, cleaning, lead)
    if lead >= timedelta():
        assert outcome.refund >= min(cleaning, total)
    else:
        assert outcome.refund.is_zero
        assert outcome.tier is None


@given(any_terms, amounts, amounts, amounts, leads)
def test_the_timeline_shows_what_cancelling_gives_at_every_instant(
    terms: CancellationTerms, paid: Money, total: Money, cleaning: Money, lead: timedelta
) -> None:
    steps = refund_timeline(terms, total_paid=paid, total=total, cleaning_fee=cleaning, starts_at=STARTS_AT)
    deadlines = [step.until for step in steps if step.until is not None]
    for as_of in (STARTS_AT - lead, *deadlines, *(deadline + INSTANT for deadline in deadlines)):
        shown = next(step.refund for step in steps if step.until is None or as_of <= step.until)
        assert shown == refund(terms, paid, total, cleaning, STARTS_AT - as_of).refund


@given(any_terms, amounts, amounts, leads)
def test_timelines_run_forward_and_down_to_an_open_end(
    terms: CancellationTerms, paid: Money, cleaning: Money, lead: timedelta
) -> None:
    steps = refund_timeline(terms, total_paid=paid, cleaning_fee=cleaning, starts_at=STARTS_AT)
    assert steps[-1].until is None
    assert steps[-1].refund.is_zero
    for step, following in pairwise(steps):
        assert step.until is not None
        assert following.until is None or step.until < following.until
        assert step.refund > following.refund
    for as_of in (STARTS_AT - lead, *(step.until for step in steps if step.until is not None)):
        remaining = refund_timeline(terms, total_paid=paid, cleaning_fee=cleaning, starts_at=STARTS_AT, as_of=as_of)
        assert remaining == tuple(step for step in steps if step.until is None or as_of <= step.until)


@given(any_terms, amounts, amounts)
def test_exactly_at_a_deadline_still_counts_as_before_it(
    terms: CancellationTerms, paid: Money, cleaning: Money
) -> None:
    for tier in terms.tiers:
        lead = timedelta(hours=tier.hours_before)
        assert refund(terms, paid, paid, cleaning, lead).tier == tier
        assert refund(terms, paid, paid, cleaning, lead - INSTANT).tier != tier


@given(any_terms, amounts, amounts, leads, st.integers(-14, 14), st.integers(-14, 14))
def test_the_zone_in_which_an_instant_is_written_does_not_matter(
    terms: CancellationTerms, paid: Money, cleaning: Money, lead: timedelta, first: int, second: int
) -> None:
    elsewhere = compute_refund(
        terms,
        paid=paid,
        total=paid,
        cleaning_fee=cleaning,
        starts_at=STARTS_AT.astimezone(timezone(timedelta(hours=first))),
        as_of=(STARTS_AT - lead).astimezone(timezone(timedelta(hours=second))),
    )
    assert elsewhere == refund(terms, paid, paid, cleaning, lead)


@pytest.mark.parametrize(
    ("terms", "hours", "expected"),
    [
        (FLEXIBLE, 24, 10_000),
        (FLEXIBLE, 23, 1000),
        (MODERATE, 120, 10_000),
        (MODERATE, 119, 5500),
        (MODERATE, 24, 5500),
        (MODERATE, 23, 1000),
        (STRICT, 336, 10_000),
        (STRICT, 335, 5500),
        (STRICT, 168, 5500),
        (STRICT, 167, 1000),
        (NON_REFUNDABLE, 5000, 1000),
        (NON_REFUNDABLE, 0, 1000),
        (FLEXIBLE, -1, 0),
        (NON_REFUNDABLE, -1, 0),
    ],
)
def test_presets_refund_100_dollars_with_10_for_cleaning(terms: CancellationTerms, hours: int, expected: int) -> None:
    outcome = refund(terms, usd(10_000), usd(10_000), usd(1000), timedelta(hours=hours))
    assert outcome.refund == usd(expected)


def test_a_deposit_is_refunded_by_what_was_paid_of_it() -> None:
    outcome = refund(MODERATE, usd(3000), usd(10_000), usd(1000), timedelta(days=2))
    assert (outcome.refund, outcome.fee) == (usd(2000), usd(1000))  # 10.00 for cleaning and half of 20.00


def test_a_deposit_below_the_cleaning_fee_goes_back_whole() -> None:
    assert refund(NON_REFUNDABLE, usd(500), usd(10_000), usd(1000), timedelta(days=2)).refund == usd(500)


def test_an_overpayment_goes_back_even_after_arrival() -> None:
    outcome = refund(NON_REFUNDABLE, usd(12_500), usd(10_000), usd(1000), timedelta(hours=-5))
    assert (outcome.refund, outcome.fee) == (usd(2500), usd(10_000))


@pytest.mark.parametrize(
    ("terms", "cleaning", "hours", "policy"),
    [
        (FLEXIBLE, 1000, 48, "Flexible: 100 % back until 1 day before arrival, and all of the cleaning fee."),
        (MODERATE, 0, 48, "Moderate: 50 % back until 1 day before arrival."),
        (MODERATE, 0, 2, "Moderate: no refund."),
        (STRICT, 1000, 2, "Strict: only the cleaning fee goes back."),
        (FLEXIBLE, 1000, -1, "Flexible: no refund after arrival."),
        (CancellationTerms((Tier(36, 2500),), "Own"), 0, 40, "Own: 25 % back until 36 hours before arrival."),
        (CancellationTerms((Tier(0, 2500),), "Own"), 0, 0, "Own: 25 % back until arrival."),
    ],
)
def test_the_policy_is_told_in_plain_words(terms: CancellationTerms, cleaning: int, hours: int, policy: str) -> None:
    assert refund(terms, usd(10_000), usd(10_000), usd(cleaning), timedelta(hours=hours)).policy == policy


@pytest.mark.parametrize(
    ("tiers", "code"),
    [
        ((Tier(24, 5000), Tier(24, 1000)), "duplicate_tier"),
        ((Tier(48, 1000), Tier(24, 5000)), "tiers_not_monotone"),
    ],
)
def test_contradicting_tiers_are_refused(tiers: tuple[Tier, ...], code: str) -> None:
    with pytest.raises(CancellationError) as refused:
        CancellationTerms(tiers, "Odd")
    assert refused.value.code == code


@pytest.mark.parametrize(("hours", "points"), [(-1, 0), (1, -1), (1, 10_001)])
def test_impossible_tiers_are_refused(hours: int, points: int) -> None:
    with pytest.raises(CancellationError):
        Tier(hours, points)


def test_tiers_are_kept_with_the_longest_notice_first() -> None:
    assert CancellationTerms((Tier(24, 100), Tier(48, 200)), "A") == CancellationTerms(
        (Tier(48, 200), Tier(24, 100)), "A"
    )


def test_mixed_currencies_negative_amounts_and_naive_instants_are_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        refund(FLEXIBLE, usd(1), Money(1, "EUR"), usd(0), timedelta())
    with pytest.raises(CancellationError):
        refund(FLEXIBLE, usd(-1), usd(1), usd(0), timedelta())
    with pytest.raises(CancellationError):
        compute_refund(
            FLEXIBLE,
            paid=usd(1),
            total=usd(1),
            cleaning_fee=usd(0),
            starts_at=STARTS_AT,
            as_of=STARTS_AT.replace(tzinfo=None),
        )


parts_of_any_kind = st.lists(
    st.builds(
        RefundPart,
        any_terms,
        amounts,
        amounts,
        st.integers(-500, 500).map(lambda hours: STARTS_AT + timedelta(hours=hours)),
    ),
    min_size=1,
    max_size=4,
)


@given(parts_of_any_kind, amounts, leads)
def test_the_refund_of_several_items_shares_out_what_was_paid(
    parts: list[RefundPart], paid: Money, lead: timedelta
) -> None:
    outcome = compute_refund_of_parts(parts, paid=paid, as_of=STARTS_AT - lead)
    assert outcome.refund + outcome.fee == paid
    assert usd(0) <= outcome.refund <= paid
    total = Money.sum((part.total for part in parts), "USD")
    assert outcome.refund >= paid - total
    in_full = compute_refund_of_parts(parts, paid=total, as_of=STARTS_AT - lead)
    alone = [
        compute_refund(
            part.terms,
            paid=part.total,
            total=part.total,
            cleaning_fee=part.cleaning_fee,
            starts_at=part.starts_at,
            as_of=STARTS_AT - lead,
        ).refund
        for part in parts
    ]
    assert in_full.refund == Money.sum(alone, "USD")


@given(parts_of_any_kind, amounts, leads, leads)
def test_the_timeline_of_several_items_shows_what_cancelling_gives_from_now_on(
    parts: list[RefundPart], paid: Money, lead: timedelta, later: timedelta
) -> None:
    now = STARTS_AT - lead
    steps = refund_timeline_of_parts(parts, paid=paid, as_of=now)
    deadlines = [step.until for step in steps if step.until is not None]
    assert deadlines == sorted(set(deadlines))
    assert all(step.refund > following.refund for step, following in pairwise(steps))
    for as_of in (now, now + abs(later), *deadlines, *(deadline + INSTANT for deadline in deadlines)):
        shown = next(step.refund for step in steps if step.until is None or as_of <= step.until)
        assert shown == compute_refund_of_parts(parts, paid=paid, as_of=as_of).refund


def test_a_booking_without_items_has_nothing_to_refund() -> None:
    with pytest.raises(CancellationError):
        compute_refund_of_parts([], paid=usd(1), as_of=STARTS_AT)


def test_one_part_is_refunded_like_a_whole_booking() -> None:
    terms = CancellationTerms((Tier(120, 10_000), Tier(24, 5_000)), "Moderate")
    starts_at = datetime(2027, 3, 1, 20, tzinfo=UTC)
    part = RefundPart(terms, Money(54_000, "USD"), Money(4_000, "USD"), starts_at)
    for hours in (200, 120, 119, 24, 23, 0, -1):
        as_of = starts_at - timedelta(hours=hours)
        for paid in (0, 10_000, 54_000, 60_000):
            money = Money(paid, "USD")
            whole = compute_refund(
                terms, paid=money, total=part.total, cleaning_fee=part.cleaning_fee, starts_at=starts_at, as_of=as_of
            )
            assert compute_refund_of_parts([part], paid=money, as_of=as_of) == whole


def test_each_part_follows_its_own_terms() -> None:
    starts_at = datetime(2027, 3, 1, 20, tzinfo=UTC)
    zero = Money(0, "USD")
    flexible = RefundPart(CancellationTerms((Tier(24, 10_000),), "Flexible"), Money(30_000, "USD"), zero, starts_at)
    strict = RefundPart(CancellationTerms((), "No refund"), Money(10_000, "USD"), zero, starts_at)
    as_of = starts_at - timedelta(hours=48)
    outcome = compute_refund_of_parts([flexible, strict], paid=Money(40_000, "USD"), as_of=as_of)
    assert (outcome.refund.minor, outcome.fee.minor) == (30_000, 10_000)
    steps = refund_timeline_of_parts([flexible, strict], paid=Money(40_000, "USD"), as_of=as_of)
    assert [(step.until, step.refund.minor) for step in steps] == [
        (starts_at - timedelta(hours=24), 30_000),
        (None, 0),
    ]
