"""The formula of `domain.pricing` in SQL, to the cent: integers only, rounded half up as there.

Each level may use the columns of the one before. Lists have a few entries nearly always: these are written out, and
only what lies beyond is unnested.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from freehold.domain.party import MAX_CHILD_AGE
from freehold.inventory.search.query import SearchQuery

WRITTEN_OUT = 4

NIGHTLY = "e.base_price_minor AS nightly_minor, e.base_price_minor AS price_minor"

_PLAN = """
    e.extra_guest_fee_minor * greatest(0, %(guests)s - e.included_guests) * %(nights)s AS extra_minor,
    e.cleaning_fee_minor, e.taxes, e.taxes_on_all, e.person_taxes, e.person_tax_ages, e.person_tax_nights,
    {nights} AS nights_minor, {points} AS discount
"""

# Nights that have a price of their own, one by one: what it differs from the weekday's.
_BY_NIGHT = """
    coalesce((
        SELECT sum(o.price - coalesce(e.weekday_prices[night.isodow], e.base_price_minor))
          FROM unnest(e.override_starts, e.override_ends, e.override_prices) AS o (starts, ends, price)
          JOIN unnest(%(night_dates)s::date[], %(night_isodows)s::int[]) AS night (date, isodow)
            ON night.date >= o.starts AND night.date < o.ends), 0)::bigint
"""

_NIGHTS_OF_OVERRIDE = """
    greatest(0, least(e.override_ends[{0}], %(check_out)s::date) - greatest(e.override_starts[{0}], %(check_in)s::date))
"""


@dataclass(frozen=True, slots=True)
class Priced:
    """Columns of a search row, then levels of columns on top; the last brings nightly_minor and price_minor."""

    columns: str
    levels: tuple[str, ...]
    parameters: dict[str, Any]


def priced(query: SearchQuery) -> Priced:
    """What the stay of the query costs."""
    nights = nights_of(query)
    columns = _PLAN.format(nights=_nights(), points=_discount())
    taxable = f"nights_minor + extra_minor - {_share('nights_minor', 'discount')} AS taxable_minor"
    price = f"""(2 * nights_minor + %(nights)s) / (2 * %(nights)s) AS nightly_minor,
        taxable_minor + cleaning_fee_minor + {_percentages("taxes", "taxable_minor")}
        + {_percentages("taxes_on_all", "(taxable_minor + cleaning_fee_minor)")} + {_person_taxes()} AS price_minor"""
    counts = Counter(night.isoweekday() for night in nights)
    parameters = {
        "weekdays": [counts[isodow] for isodow in range(1, 8)],
        "night_dates": nights,
        "night_isodows": [night.isoweekday() for night in nights],
        "charged": [
            query.guests - sum(age < exempt_below for age in query.children)
            for exempt_below in range(MAX_CHILD_AGE + 2)
        ],
    }
    return Priced(columns, (taxable, price), parameters)


def nights_of(query: SearchQuery) -> list[date]:
    """The date that each night of the stay begins on."""
    return [query.check_in + timedelta(days=index) for index in range(query.nights)] if query.check_in else []


def _nights() -> str:
    """All nights together. Most stays lie within one season, or outside of all."""
    inside = " ".join(
        f"WHEN e.override_starts[{index}] <= %(check_in)s::date AND e.override_ends[{index}] >= %(check_out)s::date"
        f" THEN %(nights)s * e.override_prices[{index}]"
        for index in range(1, WRITTEN_OUT + 1)
    )
    plain = _plain_nights()
    return f"""CASE WHEN e.override_starts IS NULL THEN {plain} {inside}
        ELSE ({plain}) + ({_overrides()}) END"""


def _plain_nights() -> str:
    """The nights without overrides: how many begin on each weekday is known before the search."""
    by_weekday = " + ".join(f"(%(weekdays)s::int[])[{isodow}] * e.weekday_prices[{isodow}]" for isodow in range(1, 8))
    return f"CASE WHEN e.weekday_prices IS NULL THEN %(nights)s * e.base_price_minor ELSE {by_weekday} END"


def _overrides() -> str:
    """Without weekday prices a night is as good as another, and how many of a stay lie in an override is a sum."""
    written = " + ".join(
        f"coalesce((e.override_prices[{index}] - e.base_price_minor) * {_NIGHTS_OF_OVERRIDE.format(index)}, 0)"
        for index in range(1, WRITTEN_OUT + 1)
    )
    elsewhere = " AND ".join(
        f"(e.override_starts[{index}] < %(check_out)s::date AND e.override_ends[{index}] > %(check_in)s::date)"
        " IS NOT TRUE"
        for index in range(1, WRITTEN_OUT + 1)
    )
    return f"""CASE WHEN e.override_starts[1] >= %(check_out)s::date
          OR e.override_ends[cardinality(e.override_ends)] <= %(check_in)s::date THEN 0
        WHEN cardinality(e.override_starts) <= {WRITTEN_OUT} AND {elsewhere} THEN 0
        WHEN e.weekday_prices IS NULL AND cardinality(e.override_starts) <= {WRITTEN_OUT} THEN {written}
        ELSE {_BY_NIGHT} END"""


def _share(amount: str, points: str) -> str:
    """round(amount * points / 10000), where the product of the two would not fit a bigint."""
    return f"({amount} / 10000 * {points} + ({amount} % 10000 * {points} + 5000) / 10000)".replace("%", "%%")


def _discount() -> str:
    """The tier with the longest stay that this one reaches: tiers come longest first."""
    written = " ".join(
        f"WHEN e.discount_nights[{index}] <= %(nights)s THEN e.discount_points[{index}]"
        for index in range(1, WRITTEN_OUT + 1)
    )
    return f"""CASE WHEN e.discount_nights IS NULL THEN 0 {written}
        WHEN cardinality(e.discount_nights) > {WRITTEN_OUT} THEN coalesce((
            SELECT tier.points FROM unnest(e.discount_nights, e.discount_points) AS tier (nights, points)
             WHERE tier.nights <= %(nights)s ORDER BY tier.nights DESC LIMIT 1), 0)
        ELSE 0 END"""  # noqa: S608 - composed of constants


def _percentages(column: str, amount: str) -> str:
    written = " + ".join(f"coalesce({_share(amount, f'{column}[{index}]')}, 0)" for index in range(1, WRITTEN_OUT + 1))
    return f"""(CASE WHEN {column} IS NULL THEN 0 ELSE {written} + CASE WHEN cardinality({column}) > {WRITTEN_OUT}
        THEN (SELECT sum({_share(amount, "points")}) FROM unnest({column}[{WRITTEN_OUT + 1}:]) AS points)::bigint
        ELSE 0 END END)"""  # noqa: S608 - composed of constants


def _person_taxes() -> str:
    """Per person that is not exempt, and night as far as nights are taxed."""
    single = _of_one_person("person_taxes[1]", "person_tax_ages[1]", "person_tax_nights[1]")
    several = _of_one_person("each.amount", "each.age", "each.nights")
    return f"""(CASE WHEN person_taxes IS NULL THEN 0
        WHEN cardinality(person_taxes) = 1 THEN {single}
        ELSE (SELECT sum({several})
                FROM unnest(person_taxes, person_tax_ages, person_tax_nights) AS each (amount, age, nights))::bigint
        END)"""  # noqa: S608 - composed of constants


def _of_one_person(amount: str, age: str, nights: str) -> str:
    charged = f"(%(charged)s::int[])[least({age}, {MAX_CHILD_AGE + 1}) + 1]"
    return f"{amount} * {charged} * least({nights}, %(nights)s)"
