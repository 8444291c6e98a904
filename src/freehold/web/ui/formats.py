"""Money, days and instants as people read them, in the language of the request.

Days are calendar days of the property and are never moved through a time zone. Instants are always shown on the
property's clock.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import ROUND_CEILING, Decimal

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton, format_time
from babel.numbers import format_currency, format_decimal
from django.utils.translation import get_language, to_locale

from freehold.domain.money import Money
from freehold.domain.periods import time_zone


def locale() -> Locale:
    return Locale.parse(to_locale(get_language() or "en"))


def money(amount: Money) -> str:
    """With every decimal, for anything that is paid: "$540.00"."""
    return format_currency(amount.decimal(), amount.currency, locale=locale())


def money_whole(amount: Money) -> str:
    """For lists and map pins: "$184". Rounded up, so that a price never looks lower than it is."""
    here = locale()
    pattern = here.currency_formats["standard"].pattern.replace("0.00", "0")
    whole = amount.decimal().quantize(Decimal(1), rounding=ROUND_CEILING)
    return format_currency(whole, amount.currency, pattern, locale=here, currency_digits=False)


def money_cell(amount: Money) -> str:
    """For the narrow days of a calendar: as `money_whole`, without a currency that is only a code ("11,500")."""
    text = money_whole(amount)
    return text.removeprefix(amount.currency).strip()


def money_short(amount: Money) -> str:
    """For prices in lists: "$184", and with its decimals where it has any: "$184.50"."""
    value = amount.decimal()
    return money_whole(amount) if value == value.to_integral_value() else money(amount)


def number(value: int | float | Decimal) -> str:
    """Grouped as the language does: "4,325"."""
    return format_decimal(value, locale=locale())


def rating(value: Decimal | float) -> str:
    """Two decimals: "4.87"."""
    return format_decimal(value, format="0.00", locale=locale())


def day(value: date) -> str:
    """ "Sat, Jun 12"."""
    return format_skeleton("MMMEd", value, locale=locale())


def day_with_year(value: date) -> str:
    """ "Sat, Jun 12, 2027"."""
    return format_skeleton("yMMMEd", value, locale=locale())


def day_full(value: date) -> str:
    """ "Saturday, June 12, 2027"."""
    return format_date(value, "full", locale=locale())


def month(value: date) -> str:
    """ "June 2027"."""
    return format_skeleton("yMMMM", value, locale=locale())


def days(start: date, end: date) -> str:
    """A range in its shortest clear form: "Jun 12 to 15, 2027", with a dash."""
    return format_interval(start, end, "yMMMd", locale=locale())


def clock(value: time | datetime) -> str:
    """ "3:00 PM"."""
    return format_time(value, "short", locale=locale())


def instant(value: datetime, zone: str) -> str:
    """Day and time on the clock of `zone`: "Fri, Jun 11, 3:00 PM"."""
    here = locale()
    local = value.astimezone(time_zone(zone))
    return str(here.datetime_formats["medium"]).format(clock(local), day(local))


def first_weekday() -> int:
    """The day that a week begins with here; 0 is Monday."""
    return int(locale().first_week_day)


def weekdays() -> list[tuple[str, str]]:
    """(short, full) names of the weekdays in the language's own order of the week."""
    here = locale()
    names = here.days["stand-alone"]
    order = [(first_weekday() + offset) % 7 for offset in range(7)]
    return [(names["abbreviated"][index], names["wide"][index]) for index in order]


def weekday_names() -> list[str]:
    """Full names, Monday first."""
    names = locale().days["stand-alone"]["wide"]
    return [names[index] for index in range(7)]
