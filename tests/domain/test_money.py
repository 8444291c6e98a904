import operator
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from freehold.domain.money import (
    CURRENCIES,
    MAX_MINOR,
    CurrencyMismatch,
    Money,
    MoneyError,
    exponent,
    format_basis_points,
    percent_of,
    round_half_up,
)

currencies = st.sampled_from(sorted(CURRENCIES))
minors = st.integers(-MAX_MINOR, MAX_MINOR)
amounts = st.builds(Money, minors, currencies)
dollars = st.builds(Money, st.integers(-(10**12), 10**12), st.just("USD"))


@given(st.integers(-(10**24), 10**24), st.integers(-(10**9), 10**9).filter(bool))
def test_rounding_equals_decimal_round_half_up(numerator: int, denominator: int) -> None:
    with localcontext() as context:
        context.prec = 80
        expected = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert round_half_up(numerator, denominator) == int(expected)


@given(st.integers(-(10**12), 10**12))
def test_exact_halves_round_away_from_zero(whole: int) -> None:
    away = whole + 1 if whole >= 0 else whole
    assert round_half_up(2 * whole + 1, 2) == away
    assert round_half_up(-(2 * whole + 1), 2) == -away


def test_division_by_zero_is_refused() -> None:
    with pytest.raises(MoneyError):
        round_half_up(1, 0)


@given(st.integers(-(10**15), 10**15), st.integers(0, 10_000))
def test_percentages_are_rounded_once_and_mirror_around_zero(minor: int, basis_points: int) -> None:
    exact = Decimal(minor) * basis_points / 10_000
    assert percent_of(minor, basis_points) == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    assert percent_of(-minor, basis_points) == -percent_of(minor, basis_points)
    assert Money(minor, "EUR").percent(basis_points) == Money(percent_of(minor, basis_points), "EUR")


@pytest.mark.parametrize(
    ("basis_points", "text"), [(1000, "10 %"), (650, "6.5 %"), (625, "6.25 %"), (5, "0.05 %"), (0, "0 %")]
)
def test_percentages_are_written_without_idle_zeros(basis_points: int, text: str) -> None:
    assert format_basis_points(basis_points) == text


@given(amounts)
def test_text_and_amount_are_two_forms_of_the_same(amount: Money) -> None:
    assert Money.parse(amount.amount_text(), amount.currency) == amount
    assert Decimal(amount.amount_text()) == amount.decimal()
    assert amount.to_json() == {"amount": amount.amount_text(), "currency": amount.currency}
    assert amount.decimal().as_tuple().exponent == -exponent(amount.currency)


@given(amounts)
def test_the_decimal_is_exact_in_any_decimal_context(amount: Money) -> None:
    with localcontext() as context:
        context.prec = 2
        value = amount.decimal()
    assert int(value.scaleb(exponent(amount.currency))) == amount.minor


@given(currencies, st.integers(0, 10**9), st.text("0123456789", max_size=6))
def test_parsing_takes_up_to_the_currencys_decimals_and_never_more(code: str, whole: int, fraction: str) -> None:
    text = f"{whole}.{fraction}" if fraction else str(whole)
    if len(fraction) <= exponent(code):
        assert Money.parse(text, code).decimal() == Decimal(text)
    else:
        with pytest.raises(MoneyError) as refused:
            Money.parse(text, code)
        assert refused.value.code == "too_many_decimals"


@pytest.mark.parametrize(
    "text",
    [
        *[
            "",
            " ",
            " 1",
            "1 ",
            "1\n",
            "+1",
            "--1",
            "1.",
            ".5",
            "1.2.3",
            "1_0",
            "1,000.00",
            "$1",
            "1 USD",
            "0x10",
        ],
        *["1e3", "1E3", "NaN", "Infinity", "inf", "٣", "１２", "²", "−1", "1.\u0662", "9" * 41],
    ],
)
def test_anything_but_plain_digits_is_refused(text: str) -> None:
    with pytest.raises(MoneyError):
        Money.parse(text, "USD")


@given(st.text(max_size=12))
def test_parsing_any_text_gives_money_or_a_money_error(text: str) -> None:
    try:
        amount = Money.parse(text, "USD")
    except MoneyError:
        return
    assert amount.decimal() == Decimal(text)


@pytest.mark.parametrize("value", [1.5, 540, None, Decimal("1.00"), b"1.00", True])
def test_only_text_is_parsed(value: object) -> None:
    with pytest.raises(MoneyError):
        Money.parse(value, "USD")  # type: ignore[arg-type]


@pytest.mark.parametrize("minor", [1.0, True, "1", None, Decimal(1)])
def test_an_amount_is_a_whole_number_of_minor_units(minor: object) -> None:
    with pytest.raises(MoneyError):
        Money(minor, "USD")  # type: ignore[arg-type]


def test_amounts_outside_bigint_are_refused() -> None:
    largest = Money(MAX_MINOR, "USD")
    assert -largest == Money(-MAX_MINOR, "USD")
    assert Money.parse("92233720368547758.07", "USD") == largest
    one = Money(1, "USD")
    for overflow in (lambda: largest + one, lambda: -largest - one, lambda: largest * 2):
        with pytest.raises(MoneyError) as refused:
            overflow()  # type: ignore[no-untyped-call]
        assert refused.value.code == "amount_out_of_range"
    with pytest.raises(MoneyError):
        Money.parse("92233720368547758.08", "USD")


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("JPY", 0), ("ISK", 0), ("USD", 2), ("MGA", 2), ("BGN", 2), ("KWD", 3), ("IQD", 3), ("CLF", 4)],
)
def test_currencies_have_their_iso_4217_digits(currency: str, digits: int) -> None:
    assert exponent(currency) == digits
    text = "7" if digits == 0 else "7." + "1" * digits
    assert Money.parse(text, currency).amount_text() == text


@pytest.mark.parametrize("currency", ["usd", "XXX", "", "US", "XAU", "ABC", None, 840, ["USD"]])
def test_unknown_currencies_are_refused(currency: object) -> None:
    with pytest.raises(MoneyError) as refused:
        Money(1, currency)  # type: ignore[arg-type]
    assert refused.value.code == "unknown_currency"


@given(dollars, dollars, st.integers(-1000, 1000))
def test_arithmetic_is_that_of_the_minor_units(left: Money, right: Money, factor: int) -> None:
    assert (left + right).minor == left.minor + right.minor
    assert (left - right).minor == left.minor - right.minor
    assert (left * factor).minor == (factor * left).minor == left.minor * factor
    assert left + -left == Money.zero("USD")
    assert abs(left).minor == abs(left.minor)
    assert Money.sum([left, right, right], "USD") == left + right * 2
    assert (left.is_zero, left.is_positive, left.is_negative) == (
        left.minor == 0,
        left.minor > 0,
        left.minor < 0,
    )


@given(dollars, dollars)
def test_amounts_of_one_currency_are_ordered(left: Money, right: Money) -> None:
    assert (left < right) == (left.minor < right.minor)
    assert (left <= right) == (left.minor <= right.minor)
    assert (left > right) == (left.minor > right.minor)
    assert (left >= right) == (left.minor >= right.minor)
    assert max(left, right).minor == max(left.minor, right.minor)


@given(amounts, amounts)
def test_two_currencies_never_meet(left: Money, right: Money) -> None:
    assume(left.currency != right.currency)
    assert left != right
    for meeting in (
        lambda: left + right,
        lambda: left - right,
        lambda: left < right,
        lambda: left <= right,
        lambda: left > right,
        lambda: left >= right,
        lambda: Money.sum([left, right], left.currency),
    ):
        with pytest.raises(CurrencyMismatch):
            meeting()


@pytest.mark.parametrize("other", [1, 1.0, "1", None, Decimal(1)])
def test_money_and_bare_numbers_do_not_mix(other: Any) -> None:
    amount = Money(100, "USD")
    for mix in (operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge):
        with pytest.raises(TypeError):
            mix(amount, other)
    assert amount != other


@pytest.mark.parametrize("factor", [1.5, Decimal("0.1"), True, "2"])
def test_amounts_are_multiplied_by_whole_numbers_only(factor: object) -> None:
    with pytest.raises(TypeError):
        Money(100, "USD") * factor  # type: ignore[operator]


@given(minors, st.lists(st.integers(0, 10**6), min_size=1, max_size=20).filter(any))
def test_allocation_sums_exactly_and_each_part_is_within_one_unit(minor: int, weights: list[int]) -> None:
    parts = Money(minor, "USD").allocate(weights)
    assert sum(part.minor for part in parts) == minor
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor * total - minor * weight) < total
        if weight == 0:
            assert part.is_zero


@given(st.integers(0, 10**9), st.lists(st.integers(0, 1000), min_size=2, max_size=12).filter(any))
def test_a_heavier_weight_never_gets_less(minor: int, weights: list[int]) -> None:
    parts = Money(minor, "USD").allocate(weights)
    pairs = sorted(zip(weights, (part.minor for part in parts), strict=True))
    for (lighter, less), (heavier, more) in pairwise(pairs):
        assert less <= more + (lighter == heavier)
    assert [-part for part in parts] == list(Money(-minor, "USD").allocate(weights))


def test_left_over_units_go_to_the_largest_losses_then_to_the_first() -> None:
    assert [part.minor for part in Money(100, "USD").allocate([1, 1, 1])] == [34, 33, 33]
    assert [part.minor for part in Money(5, "USD").allocate([3, 7])] == [2, 3]
    assert [part.minor for part in Money(10, "USD").allocate([5, 6, 9])] == [3, 3, 4]


def test_a_single_weight_takes_everything() -> None:
    assert Money(7, "USD").allocate([1]) == (Money(7, "USD"),)
    assert Money(7, "USD").allocate([0, 1]) == (Money.zero("USD"), Money(7, "USD"))


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [2, -1], [-1, -1]])
def test_weights_that_divide_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(MoneyError):
        Money(100, "USD").allocate(weights)


def test_money_reads_as_amount_and_currency() -> None:
    assert str(Money(-5, "USD")) == "-0.05 USD"
    assert str(Money(1200, "JPY")) == "1200 JPY"
    assert Money.parse("-0.00", "USD") == Money.zero("USD")


def test_nothing_has_no_sign() -> None:
    nothing, cent = Money.zero("USD"), Money(1, "USD")
    assert str(nothing) == "0.00 USD"
    assert not nothing.decimal().is_signed()
    assert [(each.is_negative, each.is_zero, each.is_positive) for each in (-cent, nothing, cent)] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
