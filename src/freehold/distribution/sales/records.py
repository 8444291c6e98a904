"""Read a file of house sales in the columns of King County's public records: one row for each time a house was sold.

A house that was sold more than once is one house: its latest sale is what is offered, the earlier ones are its history.
Square feet become square metres, quarters of bathrooms the half below, and what cannot be true is put right where the
row itself shows how, else left out; each is counted.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from pathlib import Path

from freehold.distribution.airbnb import fields
from freehold.distribution.airbnb.reading import open_text, require_columns
from freehold.distribution.airbnb.records import ReportBuilder, Verdict
from freehold.domain.money import exponent
from freehold.pricing.models import MAX_PRICE_MINOR

REQUIRED_COLUMNS = ("id", "date", "price", "lat", "long")
SQUARE_METRES_PER_SQUARE_FOOT = Decimal("0.09290304")
"""Exact, by the definition of the foot as 0.3048 m."""

# The least floor of a bedroom by the International Residential Code (R304.1) is 70 square feet.
_LEAST_BEDROOM_SQUARE_FEET = 70
_LONGEST_ID = 64
_LARGEST_AREA_M2 = 2**31 - 1
_YEARS = range(1500, 2200)
_MOST_BATHROOMS = 500


@dataclass(frozen=True, slots=True)
class Sale:
    """One transfer; `price_minor` in minor units of the file's currency."""

    on: date
    price_minor: int


@dataclass(slots=True)
class HouseRecord:
    """A house as its latest row says; None is "not said". Areas in m2; `bathrooms` in halves."""

    source_id: str
    latitude: Decimal
    longitude: Decimal
    sale: Sale
    bedrooms: int | None
    bathrooms: Decimal | None
    living_area_m2: int | None
    plot_area_m2: int | None
    floors: Decimal | None
    condition: int | None
    grade: int | None
    year_built: int | None
    year_renovated: int | None
    has_water_view: bool
    postal_code: str
    earlier: list[Sale] = field(default_factory=list)


def read_houses(path: Path, *, currency: str, report: ReportBuilder) -> list[HouseRecord]:
    """The houses of a file, in the order in which they first appear. Raises UnreadableSource."""
    houses: dict[str, HouseRecord] = {}
    with open_text(path) as stream:
        rows = csv.DictReader(stream, restval="")
        require_columns(list(rows.fieldnames or []), REQUIRED_COLUMNS, kind="house sales")
        for row in rows:
            report.rows_read += 1
            house = _read_row(row, exponent(currency), report)
            if house is None:
                continue
            known = houses.get(house.source_id)
            if known is None:
                houses[house.source_id] = house
                continue
            report.add(Verdict.REPAIRED, "id", "sold more than once, the latest sale is the offer", house.source_id)
            latest, other = (house, known) if house.sale.on >= known.sale.on else (known, house)
            latest.earlier = sorted([*known.earlier, *house.earlier, other.sale], key=lambda sale: sale.on)
            houses[house.source_id] = latest
    return list(houses.values())


def _read_row(row: Mapping[str, str], digits: int, report: ReportBuilder) -> HouseRecord | None:
    def cell(name: str) -> str:
        return row.get(name) or ""

    source_id = cell("id").strip()
    if not fields.is_whole_number(source_id) or len(source_id) > _LONGEST_ID:
        report.add(Verdict.REFUSED, "id", "missing or not a whole number", source_id[:_LONGEST_ID])
        return None
    latitude, longitude = fields.parse_decimal(cell("lat"), 6), fields.parse_decimal(cell("long"), 6)
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        report.add(Verdict.REFUSED, "position", "missing or off the globe", source_id)
        return None
    sale = _read_sale(cell("date"), cell("price"), digits, source_id, report)
    area = fields.parse_amount(cell("sqft_living"))
    is_possible, bedrooms = _read_bedrooms(cell("bedrooms"), area, source_id, report)
    if sale is None or not is_possible:
        return None
    year_built, year_renovated = _read_years(cell("yr_built"), cell("yr_renovated"), sale.on.year, source_id, report)
    return HouseRecord(
        source_id=source_id,
        latitude=latitude,
        longitude=longitude,
        sale=sale,
        bedrooms=bedrooms,
        bathrooms=_read_bathrooms(cell("bathrooms"), source_id, report),
        living_area_m2=_square_metres(area),
        plot_area_m2=_square_metres(fields.parse_amount(cell("sqft_lot"))),
        floors=_within(fields.parse_decimal(cell("floors"), 1), 200),
        condition=_small(cell("condition")),
        grade=_small(cell("grade")),
        year_built=year_built,
        year_renovated=year_renovated,
        has_water_view=fields.parse_flag(cell("waterfront")),
        postal_code=fields.clean_text(cell("zipcode"))[:20],
    )


def _read_sale(day: str, price: str, digits: int, source_id: str, report: ReportBuilder) -> Sale | None:
    amount = fields.parse_amount(price)
    minor = fields.to_minor(amount, digits) if amount is not None else 0
    if not 0 < minor <= MAX_PRICE_MINOR:
        report.add(Verdict.REFUSED, "price", "missing or not above zero", source_id)
        return None
    try:
        # "20141013T000000"
        on = date.fromisoformat(day.strip().partition("T")[0])
    except ValueError:
        report.add(Verdict.REFUSED, "date", "not a date", source_id)
        return None
    if "e" in price.lower():
        report.add(Verdict.REPAIRED, "price", "in scientific notation", source_id)
    return Sale(on, minor)


def _read_bedrooms(text: str, area: Decimal | None, source_id: str, report: ReportBuilder) -> tuple[bool, int | None]:
    """(whether the row can be true, the count). A digit that was typed twice is read once."""
    count = fields.parse_count(text)
    if count == 0:
        report.add(Verdict.NOTICED, "bedrooms", "none", source_id)
    if count is None or area is None or count * _LEAST_BEDROOM_SQUARE_FEET <= area:
        return (count or 0) <= 500, count
    digits = str(count)
    if len(digits) == 2 and digits[0] == digits[1] and int(digits[0]) * _LEAST_BEDROOM_SQUARE_FEET <= area:
        report.add(Verdict.REPAIRED, "bedrooms", "more than the house has room for, a digit typed twice", source_id)
        return True, int(digits[0])
    report.add(Verdict.REFUSED, "bedrooms", "more than the house has room for", source_id)
    return False, None


def _read_bathrooms(text: str, source_id: str, report: ReportBuilder) -> Decimal | None:
    count = fields.parse_decimal(text, 2)
    if count is None or not 0 <= count <= _MOST_BATHROOMS:
        return None
    halves = (count * 2).quantize(Decimal(1), rounding=ROUND_DOWN) / 2
    if halves != count:
        report.add(Verdict.REPAIRED, "bathrooms", "quarters, cut to the half below", source_id)
    if not count:
        report.add(Verdict.NOTICED, "bathrooms", "none", source_id)
    return halves


def _read_years(
    built: str, renovated: str, sold: int, source_id: str, report: ReportBuilder
) -> tuple[int | None, int | None]:
    year_built, year_renovated = _year(built), _year(renovated)
    if year_built is not None and year_built > sold:
        report.add(Verdict.NOTICED, "year_built", "built after it was sold, sold from the plan", source_id)
    if year_renovated is not None and year_built is not None and year_renovated < year_built:
        report.add(Verdict.REPAIRED, "year_renovated", "before it was built, left out", source_id)
        year_renovated = None
    return year_built, year_renovated


def _year(text: str) -> int | None:
    """A year; 0 means never."""
    year = fields.parse_count(text)
    return year if year in _YEARS else None


def _square_metres(square_feet: Decimal | None) -> int | None:
    if square_feet is None or square_feet <= 0:
        return None
    area = int((square_feet * SQUARE_METRES_PER_SQUARE_FOOT).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return area if area <= _LARGEST_AREA_M2 else None


def _within(number: Decimal | None, most: int) -> Decimal | None:
    return number if number is not None and 0 < number <= most else None


def _small(text: str) -> int | None:
    number = fields.parse_count(text)
    return number if number is not None and 0 < number <= 100 else None
