from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.money import Money
from freehold.domain.party import Party
from freehold.domain.pricing import LineKind, PricedStay, PricingError, RatePlanTerms, TaxKind, TaxTerms
from freehold.domain.slot_pricing import price_flat, price_slot
from tests.domain.test_pricing import parties, rounded, stay_dates, terms_of_any_kind

MONDAY = date(2026, 12, 21)
HOURLY = RatePlanTerms("USD", 3_333, cleaning_fee_minor=500, extra_guest_fee_minor=200, included_guests=2)
minutes_of_any_length = st.integers(1, 44_640)


def price_of_day(terms: RatePlanTerms, day: date) -> int:
    return terms.date_prices.get(day, terms.weekday_prices.get(day.weekday(), terms.base_price_minor))


def by_the_formula(terms: RatePlanTerms, sold: int, party: Party, quantity: int, nights: int | None) -> dict[str, int]:
    """The module's formula once more, as naively as it can be written."""
    extra = terms.extra_guest_fee_minor * max(0, party.size - terms.included_guests * quantity)
    taxes = 0
    for tax in terms.taxes:
        if tax.kind == "percentage":
            base = sold + extra + (terms.cleaning_fee_minor if tax.on_cleaning else 0)
            taxes += rounded(Decimal(base) * tax.basis_points / 10_000)
        elif nights is not None:
            people = party.adults + len([age for age in party.children if age >= tax.exempt_below_age])
            taxes += tax.amount_minor * people * min(nights, tax.max_nights or nights)
    subtotal = sold + extra + terms.cleaning_fee_minor
    return {"sold": sold, "extra": extra, "subtotal": subtotal, "taxes": taxes, "total": subtotal + taxes}


def parts_of(priced: PricedStay, kind: LineKind) -> dict[str, int]:
    assert Money.sum((line.amount for line in priced.lines), "USD") == priced.total == priced.subtotal + priced.taxes
    for line in priced.lines:
        assert line.unit_amount * line.quantity == line.amount
        assert line.label
        assert line.rule
    assert priced.nightly.is_zero
    return {
        "sold": priced.amount_of(kind).minor,
        "extra": priced.amount_of(LineKind.EXTRA_GUESTS).minor,
        "subtotal": priced.subtotal.minor,
        "taxes": priced.taxes.minor,
        "total": priced.total.minor,
    }


@given(terms_of_any_kind, stay_dates, minutes_of_any_length, parties, st.integers(1, 12), st.booleans())
def test_every_part_of_a_slot_follows_the_formula(
    terms: RatePlanTerms, day: date, minutes: int, party: Party, quantity: int, is_hourly: bool
) -> None:
    rate = price_of_day(terms, day)
    unit = rounded(Decimal(rate) * minutes / 60) if is_hourly else rate
    priced = price_slot(terms, day=day, minutes=minutes, party=party, is_hourly=is_hourly, quantity=quantity)
    assert parts_of(priced, LineKind.SLOT) == by_the_formula(terms, unit * quantity, party, quantity, None)


@given(terms_of_any_kind, stay_dates, st.none() | st.integers(1, 365), parties)
def test_every_part_of_a_flat_price_follows_the_formula(
    terms: RatePlanTerms, day: date, nights: int | None, party: Party
) -> None:
    priced = price_flat(terms, day=day, nights=nights, party=party)
    assert parts_of(priced, LineKind.FLAT) == by_the_formula(terms, price_of_day(terms, day), party, 1, nights)


@given(terms_of_any_kind, stay_dates, minutes_of_any_length, parties, st.integers(1, 12))
def test_a_longer_slot_and_another_seat_never_cost_less(
    terms: RatePlanTerms, day: date, minutes: int, party: Party, quantity: int
) -> None:
    def sold(some_minutes: int, some_seats: int) -> Money:
        priced = price_slot(terms, day=day, minutes=some_minutes, party=party, is_hourly=True, quantity=some_seats)
        return priced.amount_of(LineKind.SLOT)

    assert sold(minutes + 1, quantity) >= sold(minutes, quantity)
    assert sold(minutes, quantity + 1) >= sold(minutes, quantity)


@pytest.mark.parametrize(("minutes", "expected"), [(60, 3_333), (30, 1_667), (90, 5_000), (1, 56), (20, 1_111)])
def test_an_hour_is_divided_by_the_minute_and_rounded_once(minutes: int, expected: int) -> None:
    priced = price_slot(HOURLY, day=MONDAY, minutes=minutes, party=Party(1), is_hourly=True)
    assert priced.amount_of(LineKind.SLOT).minor == expected
    seats = price_slot(HOURLY, day=MONDAY, minutes=minutes, party=Party(3), is_hourly=True, quantity=3)
    assert seats.amount_of(LineKind.SLOT).minor == 3 * expected
    assert seats.amount_of(LineKind.EXTRA_GUESTS).is_zero


def test_lines_say_what_they_are_for() -> None:
    hour = price_slot(HOURLY, day=MONDAY, minutes=90, party=Party(4), is_hourly=True)
    assert [(line.code, line.label, line.rule) for line in hour.lines] == [
        ("slot", "1 hour 30 minutes × 33.33 USD", "Base price, per hour"),
        ("extra_guests", "2 extra guests", "2.00 USD per guest above 2 guests"),
        ("cleaning", "Cleaning fee", "Once per stay"),
    ]
    seats = price_slot(replace(HOURLY, weekday_prices={0: 1_000}), day=MONDAY, minutes=60, party=Party(2),
                       is_hourly=False, quantity=2)  # fmt: skip
    assert (seats.lines[0].label, seats.lines[0].rule) == (
        "2 seats × 1 hour",
        "Weekday price (Mon), per slot and seat",
    )
    flat = price_flat(replace(HOURLY, date_prices={MONDAY: 9_000}), day=MONDAY, nights=None, party=Party(1))
    assert (flat.lines[0].label, flat.lines[0].rule) == ("Until cancelled", "Price set for 21 Dec, once")


def test_taxes_per_night_apply_where_nights_are_known() -> None:
    tax = TaxTerms("city", "City tax", TaxKind.PER_PERSON_NIGHT, amount_minor=300)
    terms = replace(HOURLY, taxes=(tax,))
    assert price_flat(terms, day=MONDAY, nights=2, party=Party(2)).taxes.minor == 1_200
    assert price_flat(terms, day=MONDAY, nights=None, party=Party(2)).taxes.is_zero
    assert price_slot(terms, day=MONDAY, minutes=60, party=Party(2), is_hourly=True).taxes.is_zero


@pytest.mark.parametrize(("minutes", "quantity"), [(0, 1), (60, 0)])
def test_no_time_or_no_seat_has_no_price(minutes: int, quantity: int) -> None:
    with pytest.raises(PricingError):
        price_slot(HOURLY, day=MONDAY, minutes=minutes, party=Party(1), is_hourly=True, quantity=quantity)
