"""What a stay costs, line by line, each line naming its rule; and the formula that SQL must repeat to the
cent.

All amounts are integers in minor units; round() is half away from zero (PostgreSQL's `round(numeric)`: write
`round(x::numeric * basis_points / 10000)`, never float). With

    n        = check_out - check_in, in nights; a night is named by the date it begins on
    night(d) = the price set for d, else that of d's weekday (0 = Monday), else base_price_minor
    guests   = adults + children, of any age
    taxed(t) = adults + children of at least t.exempt_below_age years

the stay costs

    nights   = sum of night(d) for d in [check_in, check_out)
    discount = round(nights * basis_points / 10000) of the one tier with the highest min_nights <= n, else 0
    extra    = extra_guest_fee_minor * max(0, guests - included_guests) * n
    cleaning = cleaning_fee_minor, once per stay
    subtotal = nights - discount + extra + cleaning
    base(t)  = nights - discount + extra + (cleaning if t.on_cleaning else 0)
    tax(t)   = round(base(t) * t.basis_points / 10000)                      when t is a percentage
    tax(t)   = t.amount_minor * taxed(t) * min(n, t.max_nights or n)        when t is per_person_night
    total    = subtotal + sum of tax(t)
    nightly  = round(nights / n), before discount, for display only

Each tax is rounded once, on its own; taxes are not taxed. Ages and `max_nights` do not concern percentage
taxes. Lines of zero (no discount reached, nothing to clean) are left out; they change no sum. What a slot or a whole
place at one price costs is in `domain.slot_pricing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from freehold.domain.errors import DomainError
from freehold.domain.money import WHOLE, Money, exponent, format_basis_points, percent_of, round_half_up
from freehold.domain.party import Party
from freehold.domain.periods import night_dates
from freehold.domain.reasons import counted

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKEND = frozenset({4, 5, 6})


class PricingError(DomainError):
    """Terms that cannot price anything."""


class TaxKind(StrEnum):
    PERCENTAGE = "percentage"
    PER_PERSON_NIGHT = "per_person_night"


class LineKind(StrEnum):
    """What a line is about; the part of `PriceLine.code` before a colon."""

    NIGHTS = "nights"
    SLOT = "slot"
    FLAT = "flat"
    DISCOUNT = "discount"
    EXTRA_GUESTS = "extra_guests"
    CLEANING = "cleaning"
    TAX = "tax"


@dataclass(frozen=True, slots=True)
class StayDiscount:
    """`basis_points` off the nights of stays of at least `min_nights`."""

    min_nights: int
    basis_points: int

    def __post_init__(self) -> None:
        _require(self.min_nights >= 1, "invalid_discount", "A discount begins at one night or later.")
        _require(0 <= self.basis_points <= WHOLE, "invalid_discount", "A discount is 0 % to 100 %.")


@dataclass(frozen=True, slots=True)
class TaxTerms:
    """One tax. `percentage` uses basis_points and on_cleaning; `per_person_night` uses amount_minor,
    exempt_below_age and max_nights (the nights that are taxed at most; None: all)."""

    code: str
    label: str
    kind: TaxKind
    basis_points: int = 0
    amount_minor: int = 0
    exempt_below_age: int = 0
    max_nights: int | None = None
    on_cleaning: bool = False

    def __post_init__(self) -> None:
        _require(self.kind in tuple(TaxKind), "invalid_tax", f"Unknown kind of tax: {self.kind}.")
        object.__setattr__(self, "kind", TaxKind(self.kind))
        _require(min(self.basis_points, self.amount_minor) >= 0, "invalid_tax", "A tax is not negative.")
        _require(self.exempt_below_age >= 0, "invalid_tax", "An age is not negative.")
        _require(self.max_nights is None or self.max_nights >= 1, "invalid_tax", "At least one night is taxed.")


@dataclass(frozen=True, slots=True)
class RatePlanTerms:
    """Everything that a price depends on. Weekday prices are keyed 0 (Monday) to 6, for what begins then;
    `extra_guest_fee_minor` is per guest above `included_guests`, and per night where nights are sold."""

    currency: str
    base_price_minor: int
    weekday_prices: Mapping[int, int] = field(default_factory=dict)
    date_prices: Mapping[date, int] = field(default_factory=dict)
    stay_discounts: tuple[StayDiscount, ...] = ()
    included_guests: int = 1
    extra_guest_fee_minor: int = 0
    cleaning_fee_minor: int = 0
    taxes: tuple[TaxTerms, ...] = ()

    def __post_init__(self) -> None:
        exponent(self.currency)
        object.__setattr__(self, "weekday_prices", MappingProxyType(dict(self.weekday_prices)))
        object.__setattr__(self, "date_prices", MappingProxyType(dict(self.date_prices)))
        object.__setattr__(self, "stay_discounts", tuple(self.stay_discounts))
        object.__setattr__(self, "taxes", tuple(self.taxes))
        fees = (self.base_price_minor, self.extra_guest_fee_minor, self.cleaning_fee_minor)
        prices = (*fees, *self.weekday_prices.values(), *self.date_prices.values())
        _require(min(prices) >= 0, "negative_price", "Prices and fees are not negative.")
        _require(self.weekday_prices.keys() <= set(range(7)), "invalid_weekday", "Weekdays are 0 (Monday) to 6.")
        _require(self.included_guests >= 1, "invalid_included_guests", "The price includes at least one guest.")
        tiers = {tier.min_nights for tier in self.stay_discounts}
        _require(len(tiers) == len(self.stay_discounts), "duplicate_discount", "Two discounts begin alike.")
        codes = {tax.code for tax in self.taxes}
        _require(len(codes) == len(self.taxes), "duplicate_tax", "Two taxes have the same code.")


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One line of a price: `amount` is always `unit_amount` times `quantity`; discounts are negative."""

    code: str
    label: str
    rule: str
    quantity: int
    unit_amount: Money
    amount: Money

    @property
    def kind(self) -> LineKind:
        return LineKind(self.code.partition(":")[0])


@dataclass(frozen=True, slots=True)
class PricedStay:
    """The lines in reading order, and their sums: `subtotal` without taxes, `taxes`, and `total` of all
    lines. `nightly` is the average night before discount, rounded, for display; zero where no nights are sold.
    `nights` are the single ones, before discount."""

    lines: tuple[PriceLine, ...]
    subtotal: Money
    taxes: Money
    total: Money
    nightly: Money
    nights: tuple[Money, ...] = ()

    def amount_of(self, kind: LineKind) -> Money:
        """The sum of the lines of one kind."""
        return Money.sum((line.amount for line in self.lines if line.kind is kind), self.total.currency)


def night_price(terms: RatePlanTerms, day: date) -> Money:
    """The price of the night that begins on `day`, before discount, fees and taxes."""
    return Money(_night_minor(terms, day), terms.currency)


def night_prices(terms: RatePlanTerms, start: date, end: date) -> list[Money]:
    """The price of each night in [start, end), as `night_price` says it: one look at each rule instead of at each
    night."""
    count = (end - start).days
    week = [
        Money(terms.weekday_prices.get((start.weekday() + offset) % 7, terms.base_price_minor), terms.currency)
        for offset in range(7)
    ]
    found = (week * (count // 7 + 1))[:count]
    own = {minor: Money(minor, terms.currency) for minor in set(terms.date_prices.values())}
    for day, minor in terms.date_prices.items():
        if start <= day < end:
            found[(day - start).days] = own[minor]
    return found


def price_stay(terms: RatePlanTerms, *, check_in: date, check_out: date, party: Party) -> PricedStay:
    """The price of a stay. Raises PeriodError when the dates make no stay."""
    days = night_dates(check_in, check_out)
    lines = _night_lines(terms, days)
    nights_minor = sum(line.amount.minor for line in lines)
    lines += _discount_lines(terms, nights_minor, len(days))
    lines += _extra_guest_lines(terms, party, len(days))
    taxable = sum(line.amount.minor for line in lines)
    lines += cleaning_lines(terms)
    taxes = tax_lines(terms, taxable_minor=taxable, party=party, nights=len(days))
    stay = priced(terms, lines, taxes, nightly_minor=round_half_up(nights_minor, len(days)))
    return replace(stay, nights=tuple(night_price(terms, day) for day in days))


def priced(
    terms: RatePlanTerms, lines: Sequence[PriceLine], taxes: Sequence[PriceLine], *, nightly_minor: int = 0
) -> PricedStay:
    """Lines and taxes with their sums."""
    subtotal = Money.sum((line.amount for line in lines), terms.currency)
    tax_sum = Money.sum((line.amount for line in taxes), terms.currency)
    nightly = Money(nightly_minor, terms.currency)
    return PricedStay((*lines, *taxes), subtotal, tax_sum, subtotal + tax_sum, nightly)


def day_rule(terms: RatePlanTerms, day: date) -> str:
    """Which rule sets the price of what begins on `day`, in words."""
    return _night_rule(terms, _rule_of(terms, day), _night_minor(terms, day), [day])


def cleaning_lines(terms: RatePlanTerms) -> list[PriceLine]:
    unit = Money(terms.cleaning_fee_minor, terms.currency)
    return [] if unit.is_zero else [price_line(LineKind.CLEANING, "Cleaning fee", "Once per stay", 1, unit)]


def tax_lines(terms: RatePlanTerms, *, taxable_minor: int, party: Party, nights: int | None) -> list[PriceLine]:
    """The taxes on `taxable_minor` (all but cleaning). Those per person and night need to know how many `nights`."""
    return [line for tax in terms.taxes for line in _tax_lines(terms, tax, taxable_minor, party, nights)]


def price_line(kind: LineKind, label: str, rule: str, quantity: int, unit: Money, *, suffix: str = "") -> PriceLine:
    code = f"{kind}:{suffix}" if suffix else str(kind)
    return PriceLine(code, label, rule, quantity, unit, unit * quantity)


def _night_minor(terms: RatePlanTerms, day: date) -> int:
    by_weekday = terms.weekday_prices.get(day.weekday(), terms.base_price_minor)
    return terms.date_prices.get(day, by_weekday)


def _rule_of(terms: RatePlanTerms, day: date) -> str:
    if day in terms.date_prices:
        return "date"
    return "weekday" if day.weekday() in terms.weekday_prices else "base"


def _night_lines(terms: RatePlanTerms, days: tuple[date, ...]) -> list[PriceLine]:
    """One line per rule and price, in the order of their first night."""
    groups: dict[tuple[str, int], list[date]] = {}
    for day in days:
        groups.setdefault((_rule_of(terms, day), _night_minor(terms, day)), []).append(day)
    lines = []
    for (rule, minor), group in groups.items():
        unit = Money(minor, terms.currency)
        label = f"{counted(len(group), 'night')} × {unit}"
        lines.append(price_line(LineKind.NIGHTS, label, _night_rule(terms, rule, minor, group), len(group), unit))
    return lines


def _night_rule(terms: RatePlanTerms, rule: str, minor: int, days: list[date]) -> str:
    if rule == "date":
        return f"Price set for {_days_text(days)}"
    if rule == "weekday":
        weekdays = sorted(day for day, price in terms.weekday_prices.items() if price == minor)
        word = "Weekend" if _WEEKEND.issuperset(weekdays) else "Weekday"
        return f"{word} price ({', '.join(WEEKDAYS[day] for day in weekdays)})"
    return "Base price"


def _days_text(days: list[date]) -> str:
    """Ascending dates with neighbours drawn together: "24 Dec", "24 Dec to 26 Dec, 31 Dec"."""
    runs: list[list[date]] = []
    for day in days:
        if runs and (day - runs[-1][-1]).days == 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    texts = []
    for run in runs:
        first, last = (f"{day.day} {MONTHS[day.month - 1]}" for day in (run[0], run[-1]))
        texts.append(first if len(run) == 1 else f"{first} to {last}")
    return ", ".join(texts)


def _discount_lines(terms: RatePlanTerms, nights_minor: int, count: int) -> list[PriceLine]:
    reached = [tier for tier in terms.stay_discounts if tier.min_nights <= count]
    if not reached:
        return []
    tier = max(reached, key=lambda each: each.min_nights)
    unit = Money(-percent_of(nights_minor, tier.basis_points), terms.currency)
    if unit.is_zero:
        return []
    rule = f"{format_basis_points(tier.basis_points)} off from {counted(tier.min_nights, 'night')}"
    return [price_line(LineKind.DISCOUNT, "Length of stay discount", rule, 1, unit)]


def _extra_guest_lines(terms: RatePlanTerms, party: Party, count: int) -> list[PriceLine]:
    extra = max(0, party.size - terms.included_guests)
    unit = Money(terms.extra_guest_fee_minor, terms.currency)
    if not extra or unit.is_zero:
        return []
    label = f"{counted(extra, 'extra guest')} × {counted(count, 'night')}"
    rule = f"{unit} per guest and night above {counted(terms.included_guests, 'guest')}"
    return [price_line(LineKind.EXTRA_GUESTS, label, rule, extra * count, unit)]


def _tax_lines(terms: RatePlanTerms, tax: TaxTerms, taxable: int, party: Party, count: int | None) -> list[PriceLine]:
    if tax.kind is TaxKind.PERCENTAGE:
        base = Money(taxable + (terms.cleaning_fee_minor if tax.on_cleaning else 0), terms.currency)
        quantity, unit = 1, base.percent(tax.basis_points)
        rule = f"{tax.label} {format_basis_points(tax.basis_points)} of {base}"
    elif count is None:
        return []
    else:
        taxed_nights = min(count, tax.max_nights or count)
        people = party.chargeable(tax.exempt_below_age)
        quantity, unit = people * taxed_nights, Money(tax.amount_minor, terms.currency)
        rule = f"{tax.label} {unit} per person and night{_exemptions(tax)}"
    if unit.is_zero or not quantity:
        return []
    return [price_line(LineKind.TAX, tax.label, rule, quantity, unit, suffix=tax.code)]


def _exemptions(tax: TaxTerms) -> str:
    age = f", from age {tax.exempt_below_age}" if tax.exempt_below_age else ""
    limit = f", at most {counted(tax.max_nights, 'night')}" if tax.max_nights else ""
    return age + limit


def _require(condition: bool, code: str, detail: str) -> None:
    if not condition:
        raise PricingError(code, detail)
