"""What a slot costs, and a whole place at one price, line by line.

Amounts, price(d) and the rounding are those of `domain.pricing`; d is the place's date on which it begins. With

    minutes   = the length of the slot
    quantity  = the seats that are taken, 1 where the space is given as a whole
    guests    = adults + children, of any age

a slot costs

    slot      = round(price(d) * minutes / 60) * quantity      when the price is per hour: rounded once, per seat
    slot      = price(d) * quantity                            when it is per slot
    flat      = price(d)                                       for a whole place at one price, however long
    extra     = extra_guest_fee_minor * max(0, guests - included_guests * quantity), once
    cleaning  = cleaning_fee_minor, once
    subtotal  = slot (or flat) + extra + cleaning
    base(t)   = slot (or flat) + extra + (cleaning if t.on_cleaning else 0)
    tax(t)    = round(base(t) * t.basis_points / 10000)                      when t is a percentage
    total     = subtotal + sum of tax(t)

Taxes per person and night apply to a flat price between two dates, by its nights; to slots, and to what has no end,
they do not. Discounts on the length of a stay do not apply to either.
"""

from datetime import date

from freehold.domain.money import Money, round_half_up
from freehold.domain.party import Party
from freehold.domain.pricing import (
    LineKind,
    PricedStay,
    PriceLine,
    PricingError,
    RatePlanTerms,
    cleaning_lines,
    day_rule,
    night_price,
    price_line,
    priced,
    tax_lines,
)
from freehold.domain.reasons import counted
from freehold.domain.slots import duration_text


def price_slot(
    terms: RatePlanTerms, *, day: date, minutes: int, party: Party, is_hourly: bool, quantity: int = 1
) -> PricedStay:
    """The price of a slot that begins on the place's `day`. Raises PricingError for no time or no seat."""
    if minutes < 1 or quantity < 1:
        raise PricingError("nothing_to_price", "A slot takes at least one minute and one seat.")
    rate = night_price(terms, day)
    if is_hourly:
        unit = Money(round_half_up(rate.minor * minutes, 60), terms.currency)
        label, per = f"{duration_text(minutes)} × {rate}", "per hour"
    else:
        unit, label, per = rate, duration_text(minutes), "per slot"
    rule = f"{day_rule(terms, day)}, {per}"
    if quantity > 1:
        label, rule = f"{counted(quantity, 'seat')} × {label}", f"{rule} and seat"
    return _priced(terms, price_line(LineKind.SLOT, label, rule, quantity, unit), party, quantity, None)


def price_flat(terms: RatePlanTerms, *, day: date, nights: int | None, party: Party) -> PricedStay:
    """The price of a whole place from `day` on: for so many `nights`, or (None) until cancelled."""
    label = counted(nights, "night") if nights is not None else "Until cancelled"
    line = price_line(LineKind.FLAT, label, f"{day_rule(terms, day)}, once", 1, night_price(terms, day))
    return _priced(terms, line, party, 1, nights)


def _priced(terms: RatePlanTerms, line: PriceLine, party: Party, quantity: int, nights: int | None) -> PricedStay:
    lines = [line, *_extra_guest_lines(terms, party, quantity)]
    taxable = sum(each.amount.minor for each in lines)
    taxes = tax_lines(terms, taxable_minor=taxable, party=party, nights=nights)
    return priced(terms, [*lines, *cleaning_lines(terms)], taxes)


def _extra_guest_lines(terms: RatePlanTerms, party: Party, quantity: int) -> list[PriceLine]:
    extra = max(0, party.size - terms.included_guests * quantity)
    unit = Money(terms.extra_guest_fee_minor, terms.currency)
    if not extra or unit.is_zero:
        return []
    rule = f"{unit} per guest above {counted(terms.included_guests, 'guest')}"
    return [price_line(LineKind.EXTRA_GUESTS, counted(extra, "extra guest"), rule, extra, unit)]
