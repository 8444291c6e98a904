from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.money import Money
from freehold.domain.party import Party
from freehold.domain.periods import PeriodError
from freehold.domain.pricing import (
    LineKind,
    PricingError,
    RatePlanTerms,
    StayDiscount,
    TaxKind,
    TaxTerms,
    night_price,
    night_prices,
    price_stay,
)

CHRISTMAS = date(2026, 12, 24)  # a Thursday

prices = st.integers(0, 10**7)
basis_points = st.integers(0, 10_000)
stay_dates = st.dates(date(2026, 12, 1), date(2027, 1, 31))
parties = st.builds(Party, st.integers(1, 8), st.lists(st.integers(0, 17), max_size=4).map(tuple))
discounts = st.lists(
    st.builds(StayDiscount, st.integers(1, 40), basis_points),
    max_size=3,
    unique_by=lambda tier: tier.min_nights,
).map(tuple)
taxes = st.lists(
    st.builds(
        TaxTerms,
        code=st.sampled_from("abcd"),
        label=st.just("Tax"),
        kind=st.sampled_from(TaxKind),
        basis_points=basis_points,
        amount_minor=st.integers(0, 1000),
        exempt_below_age=st.integers(0, 20),
        max_nights=st.none() | st.integers(1, 20),
        on_cleaning=st.booleans(),
    ),
    max_size=3,
    unique_by=lambda tax: tax.code,
).map(tuple)
terms_of_any_kind = st.builds(
    RatePlanTerms,
    currency=st.just("USD"),
    base_price_minor=prices,
    weekday_prices=st.dictionaries(st.integers(0, 6), prices),
    date_prices=st.dictionaries(stay_dates, prices, max_size=8),
    stay_discounts=discounts,
    included_guests=st.integers(1, 6),
    extra_guest_fee_minor=st.integers(0, 5000),
    cleaning_fee_minor=st.integers(0, 20_000),
    taxes=taxes,
)
lengths = st.integers(1, 45)


def rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def total_by_the_formula(terms: RatePlanTerms, check_in: date, count: int, party: Party) -> dict[str, int]:
    """The module's formula once more, as naively as it can be written."""
    nights = 0
    for index in range(count):
        day = check_in + timedelta(days=index)
        if day in terms.date_prices:
            nights += terms.date_prices[day]
        elif day.weekday() in terms.weekday_prices:
            nights += terms.weekday_prices[day.weekday()]
        else:
            nights += terms.base_price_minor
    discount = 0
    for tier in sorted(terms.stay_discounts, key=lambda tier: tier.min_nights):
        if count >= tier.min_nights:
            discount = rounded(Decimal(nights) * tier.basis_points / 10_000)
    extra = terms.extra_guest_fee_minor * max(0, party.size - terms.included_guests) * count
    tax_sum = 0
    for tax in terms.taxes:
        if tax.kind == "percentage":
            base = nights - discount + extra + (terms.cleaning_fee_minor if tax.on_cleaning else 0)
            tax_sum += rounded(Decimal(base) * tax.basis_points / 10_000)
        else:
            people = party.adults + len([age for age in party.children if age >= tax.exempt_below_age])
            taxed_nights = count if tax.max_nights is None else min(count, tax.max_nights)
            tax_sum += tax.amount_minor * people * taxed_nights
    subtotal = nights - discount + extra + terms.cleaning_fee_minor
    return {
        "nights": nights,
        "discount": -discount,
        "extra_guests": extra,
        "cleaning": terms.cleaning_fee_minor,
        "tax": tax_sum,
        "subtotal": subtotal,
        "total": subtotal + tax_sum,
        "nightly": rounded(Decimal(nights) / count),
    }


@given(terms_of_any_kind, stay_dates, lengths, parties)
def test_every_part_of_a_price_follows_the_formula(
    terms: RatePlanTerms, check_in: date, count: int, party: Party
) -> None:
    priced = price_stay(terms, check_in=check_in, check_out=check_in + timedelta(days=count), party=party)
    expected = total_by_the_formula(terms, check_in, count, party)
    sold_by_night = set(LineKind) - {LineKind.SLOT, LineKind.FLAT}
    found = {kind.value: priced.amount_of(kind).minor for kind in sold_by_night}
    found |= {name: getattr(priced, name).minor for name in ("subtotal", "total", "nightly")}
    assert found == expected
    assert priced.taxes == priced.amount_of(LineKind.TAX)


@given(terms_of_any_kind, stay_dates, lengths, parties)
def test_lines_add_up_and_explain_themselves(terms: RatePlanTerms, check_in: date, count: int, party: Party) -> None:
    priced = price_stay(terms, check_in=check_in, check_out=check_in + timedelta(days=count), party=party)
    assert Money.sum((line.amount for line in priced.lines), "USD") == priced.total == priced.subtotal + priced.taxes
    for line in priced.lines:
        assert line.unit_amount * line.quantity == line.amount
        assert line.quantity >= 1
        assert line.label
        assert line.rule
        assert line.amount.is_negative == (line.kind is LineKind.DISCOUNT)
        assert not line.amount.is_zero or line.kind is LineKind.NIGHTS
    nights = [line for line in priced.lines if line.kind is LineKind.NIGHTS]
    assert sum(line.quantity for line in nights) == count
    assert len({(line.rule, line.unit_amount) for line in nights}) == len(nights)


@given(terms_of_any_kind, stay_dates, lengths, parties)
def test_nights_are_priced_one_by_one(terms: RatePlanTerms, check_in: date, count: int, party: Party) -> None:
    days = [check_in + timedelta(days=index) for index in range(count)]
    priced = price_stay(terms, check_in=check_in, check_out=days[-1] + timedelta(days=1), party=party)
    nightly = [night_price(terms, day) for day in days]
    assert night_prices(terms, check_in, days[-1] + timedelta(days=1)) == nightly
    assert priced.amount_of(LineKind.NIGHTS) == Money.sum(nightly, "USD")
    assert min(nightly) <= priced.nightly <= max(nightly)


@given(terms_of_any_kind, stay_dates, lengths, parties)
def test_one_more_guest_or_a_dearer_night_never_costs_less(
    terms: RatePlanTerms, check_in: date, count: int, party: Party
) -> None:
    def total(some_terms: RatePlanTerms, some_party: Party) -> Money:
        check_out = check_in + timedelta(days=count)
        return price_stay(some_terms, check_in=check_in, check_out=check_out, party=some_party).total

    usual = total(terms, party)
    assert usual <= total(terms, Party(party.adults + 1, party.children))
    dearer = {check_in: night_price(terms, check_in).minor + 1000}
    assert usual <= total(replace(terms, date_prices={**terms.date_prices, **dearer}), party)


@pytest.mark.parametrize(
    ("day", "minor"),
    [
        (CHRISTMAS, 30_000),  # a date beats everything
        (CHRISTMAS + timedelta(days=1), 20_000),  # Friday: the weekday's price, though no date is set
        (CHRISTMAS + timedelta(days=2), 40_000),  # Saturday, and a date: the date
        (CHRISTMAS + timedelta(days=3), 10_000),  # Sunday: base
    ],
)
def test_a_date_beats_a_weekday_and_a_weekday_beats_the_base(day: date, minor: int) -> None:
    dates = {CHRISTMAS: 30_000, CHRISTMAS + timedelta(days=2): 40_000}
    terms = RatePlanTerms("USD", 10_000, weekday_prices={4: 20_000, 5: 20_000}, date_prices=dates)
    assert night_price(terms, day) == Money(minor, "USD")


def test_a_price_reads_like_an_explanation() -> None:
    terms = RatePlanTerms(
        "USD",
        12_000,
        weekday_prices={4: 15_000, 5: 15_000},
        date_prices={CHRISTMAS: 20_000, CHRISTMAS + timedelta(days=1): 20_000, date(2026, 12, 31): 20_000},
        stay_discounts=(StayDiscount(7, 1000), StayDiscount(28, 2500)),
        included_guests=2,
        extra_guest_fee_minor=1500,
        cleaning_fee_minor=8000,
        taxes=(
            TaxTerms("lodging", "Boston lodging tax", TaxKind.PERCENTAGE, basis_points=650, on_cleaning=True),
            TaxTerms(
                "city",
                "City tax",
                TaxKind.PER_PERSON_NIGHT,
                amount_minor=200,
                exempt_below_age=12,
                max_nights=5,
            ),
        ),
    )
    priced = price_stay(terms, check_in=date(2026, 12, 20), check_out=date(2027, 1, 2), party=Party(2, (5,)))
    lines = [(line.code, line.label, line.rule, line.amount.amount_text()) for line in priced.lines]
    assert lines == [
        ("nights", "8 nights × 120.00 USD", "Base price", "960.00"),
        ("nights", "3 nights × 200.00 USD", "Price set for 24 Dec to 25 Dec, 31 Dec", "600.00"),
        ("nights", "2 nights × 150.00 USD", "Weekend price (Fri, Sat)", "300.00"),
        ("discount", "Length of stay discount", "10 % off from 7 nights", "-186.00"),
        (
            "extra_guests",
            "1 extra guest × 13 nights",
            "15.00 USD per guest and night above 2 guests",
            "195.00",
        ),
        ("cleaning", "Cleaning fee", "Once per stay", "80.00"),
        ("tax:lodging", "Boston lodging tax", "Boston lodging tax 6.5 % of 1949.00 USD", "126.69"),
        (
            "tax:city",
            "City tax",
            "City tax 2.00 USD per person and night, from age 12, at most 5 nights",
            "20.00",
        ),
    ]
    assert (priced.total.amount_text(), priced.nightly.amount_text()) == ("2095.69", "143.08")


def test_weekdays_that_are_no_weekend_are_not_called_one() -> None:
    terms = RatePlanTerms("EUR", 10_000, weekday_prices={0: 8000, 1: 8000, 5: 12_000, 6: 12_000})
    priced = price_stay(terms, check_in=date(2026, 6, 1), check_out=date(2026, 6, 8), party=Party(1))
    assert {line.rule for line in priced.lines} == {
        "Weekday price (Mon, Tue)",
        "Weekend price (Sat, Sun)",
        "Base price",
    }


@pytest.mark.parametrize(("count", "discount"), [(6, 0), (7, 7000), (27, 27_000), (28, 14_000), (30, 15_000)])
def test_the_tier_with_the_most_nights_counts_alone_even_when_it_gives_less(count: int, discount: int) -> None:
    terms = RatePlanTerms("USD", 10_000, stay_discounts=(StayDiscount(28, 500), StayDiscount(7, 1000)))
    check_in = date(2026, 6, 1)
    priced = price_stay(terms, check_in=check_in, check_out=check_in + timedelta(days=count), party=Party(1))
    assert priced.amount_of(LineKind.DISCOUNT).minor == -discount


def test_currencies_without_minor_units_are_priced_in_whole_units() -> None:
    tax = TaxTerms("tax", "Tax", TaxKind.PERCENTAGE, basis_points=1000)
    terms = RatePlanTerms("JPY", 9995, taxes=(tax,))
    priced = price_stay(terms, check_in=date(2026, 6, 1), check_out=date(2026, 6, 2), party=Party(1))
    assert priced.total.to_json() == {"amount": "10995", "currency": "JPY"}  # 999.5 is rounded up


def test_every_weekday_may_have_its_own_price() -> None:
    terms = RatePlanTerms("EUR", 0, weekday_prices={weekday: 1000 + weekday for weekday in range(7)})
    monday = date(2026, 6, 1)
    prices_of_a_week = [night_price(terms, monday + timedelta(days=index)).minor for index in range(7)]
    assert prices_of_a_week == [1000, 1001, 1002, 1003, 1004, 1005, 1006]


def test_a_free_stay_has_its_nights_and_nothing_else() -> None:
    priced = price_stay(RatePlanTerms("USD", 0), check_in=date(2026, 6, 1), check_out=date(2026, 6, 3), party=Party(1))
    assert [line.label for line in priced.lines] == ["2 nights × 0.00 USD"]
    assert priced.total.is_zero


def test_terms_that_are_not_given_cost_nothing() -> None:
    taxes = (TaxTerms("a", "A", TaxKind.PERCENTAGE), TaxTerms("b", "B", TaxKind.PER_PERSON_NIGHT))
    terms = RatePlanTerms("USD", 10_000, taxes=taxes, extra_guest_fee_minor=100)
    check_in, check_out = date(2026, 6, 1), date(2026, 6, 3)
    assert price_stay(terms, check_in=check_in, check_out=check_out, party=Party(1)).total == Money(20_000, "USD")
    terms = RatePlanTerms("USD", 10_000, included_guests=1)
    assert price_stay(terms, check_in=check_in, check_out=check_out, party=Party(2)).total == Money(20_000, "USD")


def test_only_a_tax_that_says_so_is_on_the_cleaning_fee() -> None:
    def total(tax: TaxTerms) -> int:
        terms = RatePlanTerms("USD", 10_000, cleaning_fee_minor=5000, taxes=(tax,))
        stay = price_stay(terms, check_in=date(2026, 6, 1), check_out=date(2026, 6, 2), party=Party(1))
        return stay.total.minor

    assert total(TaxTerms("a", "A", TaxKind.PERCENTAGE, basis_points=1000)) == 16_000
    assert total(TaxTerms("a", "A", TaxKind.PERCENTAGE, basis_points=1000, on_cleaning=True)) == 16_500


def test_a_per_person_night_tax_exempts_nobody_unless_it_says_so() -> None:
    tax = TaxTerms("a", "A", TaxKind.PER_PERSON_NIGHT, amount_minor=100)
    priced = price_stay(
        RatePlanTerms("USD", 0, taxes=(tax,)),
        check_in=date(2026, 6, 1),
        check_out=date(2026, 6, 3),
        party=Party(1, (0,)),
    )
    assert priced.total.minor == 400


def test_dates_that_make_no_stay_have_no_price() -> None:
    with pytest.raises(PeriodError):
        price_stay(RatePlanTerms("USD", 1), check_in=CHRISTMAS, check_out=CHRISTMAS, party=Party(1))


def test_terms_do_not_change_with_what_they_were_made_of() -> None:
    overrides = {CHRISTMAS: 5000}
    terms = RatePlanTerms("USD", 100, date_prices=overrides)
    overrides.clear()
    assert night_price(terms, CHRISTMAS).minor == 5000


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: RatePlanTerms("USD", -1), "negative_price"),
        (lambda: RatePlanTerms("USD", 1, cleaning_fee_minor=-1), "negative_price"),
        (lambda: RatePlanTerms("USD", 1, extra_guest_fee_minor=-1), "negative_price"),
        (lambda: RatePlanTerms("USD", 1, weekday_prices={0: -1}), "negative_price"),
        (lambda: RatePlanTerms("USD", 1, date_prices={CHRISTMAS: -1}), "negative_price"),
        (lambda: RatePlanTerms("USD", 1, weekday_prices={7: 1}), "invalid_weekday"),
        (lambda: RatePlanTerms("USD", 1, included_guests=0), "invalid_included_guests"),
        (lambda: RatePlanTerms("USD", 1, stay_discounts=(StayDiscount(7, 1),) * 2), "duplicate_discount"),
        (
            lambda: RatePlanTerms("USD", 1, taxes=(TaxTerms("a", "A", TaxKind.PERCENTAGE),) * 2),
            "duplicate_tax",
        ),
        (lambda: StayDiscount(0, 100), "invalid_discount"),
        (lambda: StayDiscount(7, 10_001), "invalid_discount"),
        (lambda: StayDiscount(7, -1), "invalid_discount"),
        (lambda: TaxTerms("a", "A", TaxKind.PERCENTAGE, basis_points=-1), "invalid_tax"),
        (lambda: TaxTerms("a", "A", TaxKind.PER_PERSON_NIGHT, amount_minor=-1), "invalid_tax"),
        (lambda: TaxTerms("a", "A", TaxKind.PER_PERSON_NIGHT, exempt_below_age=-1), "invalid_tax"),
        (lambda: TaxTerms("a", "A", TaxKind.PER_PERSON_NIGHT, max_nights=0), "invalid_tax"),
        (lambda: TaxTerms("a", "A", "flat"), "invalid_tax"),  # type: ignore[arg-type]
    ],
)
def test_impossible_terms_are_refused(make: Callable[[], object], code: str) -> None:
    with pytest.raises(PricingError) as refused:
        make()
    assert refused.value.code == code
