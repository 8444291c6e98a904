"""Read a listing file into records: each row becomes a draft, then what a draft lacks is filled from its
neighbours.

The columns drift between years and cities, so all but a few are optional and have older names; a column that
is gone is reported once. Nothing here knows a city.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from freehold.distribution.airbnb import fields
from freehold.distribution.airbnb.amenities import normalise_amenities
from freehold.distribution.airbnb.categories import Space, category_of, space_of
from freehold.distribution.airbnb.completion import complete_drafts
from freehold.distribution.airbnb.drafts import NO_LIMIT, Draft
from freehold.distribution.airbnb.names import read_name
from freehold.distribution.airbnb.reading import open_text, require_columns
from freehold.distribution.airbnb.records import ImportReport, ListingRecord, ReportBuilder, Verdict
from freehold.domain.money import exponent

REQUIRED_COLUMNS = ("id", "latitude", "longitude", "room_type")
# our name: the source's names, newest first
_COLUMNS: dict[str, tuple[str, ...]] = {
    "host_id": ("host_id",),
    "neighbourhood": ("neighbourhood_cleansed", "neighbourhood"),
    "property_type": ("property_type",),
    "accommodates": ("accommodates",),
    "bathrooms": ("bathrooms",),
    "bathrooms_text": ("bathrooms_text",),
    "bedrooms": ("bedrooms",),
    "beds": ("beds",),
    "amenities": ("amenities",),
    "price": ("price",),
    "min_nights": ("minimum_nights",),
    "max_nights": ("maximum_nights",),
    "review_count": ("number_of_reviews",),
    "rating": ("review_scores_rating",),
    "instant": ("instant_bookable",),
    "title": ("name",),
    "description": ("description", "summary"),
    "host_name": ("host_name",),
}
# The source cuts a name at this length, in the middle of a word.
_TITLE_CUT = 50
# The source's own placeholders for "no limit" (1125, 2147483647) all lie above this.
_LONGEST_REAL_STAY = 1000
_LONGEST_PLAUSIBLE_MINIMUM = 365
_LONGEST_ID = 64


@dataclass(frozen=True, slots=True)
class ListingFacts:
    """Records in the order of the file, and the account of every repair."""

    listings: tuple[ListingRecord, ...]
    report: ImportReport


def parse_listings(
    path: Path, *, currency: str, calendar_prices: Mapping[str, int] | None = None, keep_texts: bool = True
) -> ListingFacts:
    """Read a listing file.

    `currency` (ISO 4217) is not in the file: the source writes "$" for every city. `calendar_prices`
    (listing id to minor units, from the calendar file) stands in where a listing states no price; what is
    left is estimated from comparable listings. `keep_texts=False` drops the hosts' titles and descriptions.
    Raises UnreadableSource.
    """
    report = ReportBuilder()
    drafts = list(read_drafts(path, currency=currency, report=report))
    if not keep_texts:
        drafts = [replace(draft, title="", description="", host_name="") for draft in drafts]
    records = complete_drafts(drafts, currency=currency, calendar_prices=calendar_prices or {}, report=report)
    return ListingFacts(records, report.build(rows_read=report.rows_read, rows_kept=len(records)))


def read_drafts(path: Path, *, currency: str, report: ReportBuilder) -> Iterator[Draft]:
    """The rows of a listing file that can be told apart and placed on the map, one by one, each id once.

    What was repaired or refused goes to the report. Raises UnreadableSource, possibly after some rows.
    """
    digits = exponent(currency)
    seen: set[str] = set()
    with open_text(path) as stream:
        rows = csv.DictReader(stream, restval="")
        header = list(rows.fieldnames or [])
        require_columns(header, REQUIRED_COLUMNS, kind="listing")
        columns = _find_columns(header, report)
        for row in rows:
            report.rows_read += 1
            draft = _read_row(row, columns, digits, report)
            if draft is None:
                continue
            if draft.source_id in seen:
                report.add(Verdict.REFUSED, "id", "seen twice", draft.source_id)
                continue
            seen.add(draft.source_id)
            yield draft


def _find_columns(header: list[str], report: ReportBuilder) -> dict[str, str]:
    columns: dict[str, str] = {}
    for ours, theirs in _COLUMNS.items():
        found = next((name for name in theirs if name in header), None)
        if found is None:
            report.add(Verdict.NOTICED, ours, "column missing")
        columns[ours] = found or ""
    return columns


def _read_row(row: Mapping[str, str], columns: Mapping[str, str], digits: int, report: ReportBuilder) -> Draft | None:
    """One row as a draft, or None when it is refused."""

    def cell(name: str) -> str:
        return row.get(columns[name], "") or ""

    source_id = (row["id"] or "").strip()
    if not fields.is_whole_number(source_id) or len(source_id) > _LONGEST_ID:
        # A spreadsheet that wrote 7.9e17 has lost the listing's identity: nothing can be joined to it.
        report.add(Verdict.REFUSED, "id", "missing or not a whole number", source_id)
        return None
    latitude, longitude = _read_position(row)
    if latitude is None or longitude is None:
        report.add(Verdict.REFUSED, "position", "missing or off the globe", source_id)
        return None
    bathrooms, is_shared = fields.parse_bathrooms(cell("bathrooms"), cell("bathrooms_text"))
    name = read_name(cell("title"))
    if name.facts and name.title != cell("title"):
        report.add(Verdict.REPAIRED, "title", "rooms and rating written into the name", source_id)
    amenities = _read_amenities(cell("amenities"), source_id, report)
    min_nights, max_nights = _read_limits(cell("min_nights"), cell("max_nights"), source_id, report)
    return Draft(
        source_id=source_id,
        host_id=cell("host_id").strip(),
        neighbourhood=fields.clean_text(cell("neighbourhood")),
        latitude=latitude,
        longitude=longitude,
        category=_read_category(cell("property_type"), source_id, report),
        space=_read_space(row["room_type"], cell("property_type"), source_id, report),
        accommodates=fields.parse_count(cell("accommodates")),
        bedrooms=_first_said(fields.parse_count(cell("bedrooms")), name.bedrooms),
        beds=_first_said(fields.parse_count(cell("beds")), name.beds),
        bathrooms=_first_said(bathrooms, name.bathrooms),
        is_bathroom_shared=is_shared,
        price_minor=_read_price(cell("price"), digits, source_id, report),
        min_nights=min_nights,
        max_nights=max_nights,
        rating=_read_rating(cell("rating"), source_id, report),
        review_count=fields.parse_count(cell("review_count")),
        is_instantly_bookable=fields.parse_flag(cell("instant")),
        amenities=amenities,
        title=_read_title(name.title, source_id, report),
        description=fields.clean_text(cell("description")),
        host_name=" ".join(fields.clean_text(cell("host_name")).split()),
    )


def _first_said[Value](stated: Value | None, in_name: Value | None) -> Value | None:
    return stated if stated is not None else in_name


def _read_position(row: Mapping[str, str]) -> tuple[Decimal | None, Decimal | None]:
    latitude = fields.parse_decimal(row["latitude"], 6)
    longitude = fields.parse_decimal(row["longitude"], 6)
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None, None
    if latitude == 0 and longitude == 0:
        return None, None
    return latitude, longitude


def _read_category(property_type: str, source_id: str, report: ReportBuilder) -> str | None:
    if fields.is_absent(property_type):
        return None
    category = category_of(property_type)
    if category is None:
        report.add(Verdict.REPAIRED, "property_type", "unknown type filed under other homes", source_id)
    return category


def _read_space(room_type: str, property_type: str, source_id: str, report: ReportBuilder) -> Space | None:
    space = space_of(room_type, property_type)
    if space is None:
        report.add(Verdict.REPAIRED, "room_type", "unknown kind of space read as a private room", source_id)
    return space


def _read_amenities(text: str, source_id: str, report: ReportBuilder) -> tuple[str, ...] | None:
    if fields.is_absent(text):
        return None
    codes, unknown = normalise_amenities(fields.parse_amenities(text))
    if unknown:
        report.add(Verdict.NOTICED, "amenities", "spelling outside the vocabulary", source_id, count=len(unknown))
    return codes


def _read_price(text: str, digits: int, source_id: str, report: ReportBuilder) -> int | None:
    amount = fields.parse_amount(text)
    if amount is None:
        if not fields.is_absent(text):
            report.add(Verdict.NOTICED, "price", "not an amount", source_id)
        return None
    if amount <= 0:
        report.add(Verdict.NOTICED, "price", "not above zero", source_id)
        return None
    return fields.to_minor(amount, digits)


def _read_limits(
    minimum_text: str, maximum_text: str, source_id: str, report: ReportBuilder
) -> tuple[int | None, int | None]:
    minimum = fields.parse_count(minimum_text) or None
    if minimum is None:
        report.add(Verdict.REPAIRED, "min_nights", "missing or zero, one night assumed", source_id)
    elif minimum > _LONGEST_PLAUSIBLE_MINIMUM:
        report.add(Verdict.NOTICED, "min_nights", "longer than a year", source_id)
    maximum = fields.parse_count(maximum_text)
    if maximum is not None and maximum > _LONGEST_REAL_STAY:
        return minimum, NO_LIMIT
    if maximum is not None and maximum < (minimum or 1):
        report.add(Verdict.REPAIRED, "max_nights", "below the minimum, limit dropped", source_id)
        return minimum, NO_LIMIT
    return minimum, maximum


def _read_rating(text: str, source_id: str, report: ReportBuilder) -> Decimal | None:
    rating = fields.parse_decimal(text, 2)
    if rating is None or rating < 0 or rating > 100:
        return None
    if rating > 5:
        report.add(Verdict.REPAIRED, "rating", "scale to 100 brought to 5", source_id)
        rating = (rating / 20).quantize(Decimal("0.01"))
    return rating


def _read_title(text: str, source_id: str, report: ReportBuilder) -> str:
    title = " ".join(fields.clean_text(text).split())
    if len(text) == _TITLE_CUT:
        report.add(Verdict.NOTICED, "title", "cut by the source at 50 characters", source_id)
    return title
