"""Make a pack from a city's source files:

python -m freehold.distribution.airbnb.build_pack SOURCE_FOLDER PACK_FOLDER --city Boston ...

SOURCE_FOLDER holds `listings*.csv[.gz|.xz]` and `calendar*.csv[.gz|.xz]`. `--sample 60` keeps a small, varied
choice; `--extract FOLDER` also writes the source's own cells without the hosts' texts, from which the pack
can be made again.
"""

import csv
import gzip
import io
import lzma
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import click

from freehold.distribution.airbnb.calendars import CalendarFacts, parse_calendar
from freehold.distribution.airbnb.listings import ListingFacts, parse_listings
from freehold.distribution.airbnb.packs import City, Pack, relative_blocks, write_pack
from freehold.distribution.airbnb.reading import open_text
from freehold.distribution.airbnb.records import ImportReport, ListingRecord, UnreadableSource
from freehold.domain.money import exponent

ATTRIBUTION = "Data: Inside Airbnb (insideairbnb.com), CC BY 4.0, modified"
LISTING_EXTRACT_COLUMNS = (
    "id",
    "host_id",
    "neighbourhood_cleansed",
    "latitude",
    "longitude",
    "property_type",
    "room_type",
    "accommodates",
    "bathrooms",
    "bathrooms_text",
    "bedrooms",
    "beds",
    "amenities",
    "price",
    "minimum_nights",
    "maximum_nights",
    "number_of_reviews",
    "review_scores_rating",
    "instant_bookable",
)
CALENDAR_EXTRACT_COLUMNS = ("listing_id", "date", "available", "price")
# A sample should be usable: most of it can be booked for a few nights within the next two months.
_SAMPLE_SHORT_STAY = 4
_SAMPLE_DAYS = 60
_SAMPLE_FREE_SHARE = 0.5
_SAMPLE_BOOKABLE_SHARE = 0.85


def find_source(folder: Path, kind: str) -> Path:
    """The one `listings` or `calendar` file of a source folder; UnreadableSource when there is none or
    several.
    """
    found = sorted(path for suffix in ("", ".gz", ".xz") for path in folder.glob(f"{kind}*.csv{suffix}"))
    if len(found) != 1:
        raise UnreadableSource(f"{folder} holds {len(found)} files {kind}*.csv[.gz|.xz], it should hold one.")
    return found[0]


def build_pack(source: Path, *, city: City, label: str, sample: int = 0) -> tuple[Pack, ListingFacts, CalendarFacts]:
    """Run the importer's reading over a source folder and keep the facts. UnreadableSource when it cannot be
    read.
    """
    calendar = parse_calendar(find_source(source, "calendar"), price_digits=exponent(city.currency))
    facts = parse_listings(
        find_source(source, "listings"),
        currency=city.currency,
        calendar_prices=calendar.prices_minor,
        keep_texts=False,
    )
    if calendar.first_day is None:
        raise UnreadableSource("The calendar has no days.")
    known = {record.source_id for record in facts.listings}
    pack = Pack(
        city=city,
        source=label,
        first_day=calendar.first_day,
        attribution=ATTRIBUTION,
        listings=facts.listings,
        blocks=relative_blocks((item for item in calendar.blocked if item.source_id in known), calendar.first_day),
    )
    return (choose_sample(pack, sample) if sample else pack), facts, calendar


def choose_sample(pack: Pack, size: int) -> Pack:
    """A smaller pack: neighbourhood by neighbourhood in turn, mostly places with free nights soon and short
    stays.
    """
    blocked: dict[str, int] = defaultdict(int)
    for block in pack.blocks:
        end = min(block.start_day + block.nights, _SAMPLE_DAYS)
        blocked[block.source_id] += max(0, end - block.start_day)

    def is_bookable(record: ListingRecord) -> bool:
        free = _SAMPLE_DAYS - blocked[record.source_id]
        return record.min_nights <= _SAMPLE_SHORT_STAY and free >= _SAMPLE_DAYS * _SAMPLE_FREE_SHARE

    usable = round(size * _SAMPLE_BOOKABLE_SHARE)
    chosen = [
        *_in_turn([record for record in pack.listings if is_bookable(record)])[:usable],
        *_in_turn([record for record in pack.listings if not is_bookable(record)])[: size - usable],
    ]
    kept = {record.source_id for record in chosen}
    return replace(
        pack,
        listings=tuple(record for record in pack.listings if record.source_id in kept),
        blocks=tuple(block for block in pack.blocks if block.source_id in kept),
    )


def _in_turn(records: Iterable[ListingRecord]) -> list[ListingRecord]:
    """Records dealt out over neighbourhood and kind in turn; inside each the order is a fixed shuffle."""
    piles: dict[tuple[str, str], list[ListingRecord]] = defaultdict(list)
    for record in sorted(records, key=lambda record: zlib.crc32(record.source_id.encode())):
        piles[record.neighbourhood, record.category].append(record)
    ranked = [(rank, key, record) for key, pile in piles.items() for rank, record in enumerate(pile)]
    return [record for *_, record in sorted(ranked, key=lambda item: (item[0], zlib.crc32("".join(item[1]).encode())))]


def write_extract(source: Path, target: Path) -> None:
    """The source's own cells in the columns the importer reads, without titles, descriptions and licences."""
    target.mkdir(parents=True, exist_ok=True)
    listings = _cut_columns(find_source(source, "listings"), LISTING_EXTRACT_COLUMNS)
    calendar = _cut_columns(find_source(source, "calendar"), CALENDAR_EXTRACT_COLUMNS)
    (target / "listings.csv.gz").write_bytes(gzip.compress(listings, compresslevel=9, mtime=0))
    # A calendar repeats itself over more than gzip's window: xz makes it five times smaller.
    (target / "calendar.csv.xz").write_bytes(lzma.compress(calendar, preset=9 | lzma.PRESET_EXTREME))


def _cut_columns(path: Path, columns: Sequence[str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    with open_text(path) as stream:
        rows = csv.reader(stream)
        header = next(rows)
        places = [header.index(name) for name in columns if name in header]
        writer.writerow([header[place] for place in places])
        writer.writerows([row[place] for place in places] for row in rows)
    return text.getvalue().encode()


def _describe(report: ImportReport) -> str:
    lines = [f"{report.rows_read} rows read, {report.rows_kept} kept"]
    lines += [
        f"  {finding.verdict:9} {finding.count:6}  {finding.field}: {finding.reason}  (such as {finding.examples[0]})"
        if finding.examples
        else f"  {finding.verdict:9} {finding.count:6}  {finding.field}: {finding.reason}"
        for finding in report.findings
    ]
    return "\n".join(lines)


@click.command()
@click.argument("source", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@click.option("--city", required=True)
@click.option("--region", default="", help="State or province.")
@click.option("--country", required=True, help="ISO 3166 code of two letters.")
@click.option("--time-zone", required=True, help="IANA name.")
@click.option("--currency", required=True, help="ISO 4217 code; the source writes '$' for every currency.")
@click.option("--centre", required=True, help="latitude,longitude of the middle of the city.")
@click.option("--label", required=True, help="What the source is, with its date.")
@click.option("--sample", default=0, help="Keep only so many listings.")
@click.option("--extract", type=click.Path(file_okay=False, path_type=Path), help="Also write a facts-only source.")
def main(
    source: Path,
    target: Path,
    city: str,
    region: str,
    country: str,
    time_zone: str,
    currency: str,
    centre: str,
    label: str,
    sample: int,
    extract: Path | None,
) -> None:
    """Make a pack in TARGET from the files in SOURCE."""
    latitude, longitude = (Decimal(part) for part in centre.split(","))
    place = City(city, region, country, time_zone, currency, latitude, longitude)
    pack, facts, calendar = build_pack(source, city=place, label=label, sample=sample)
    write_pack(pack, target)
    if extract is not None:
        write_extract(source, extract)
    click.echo(f"Listings: {_describe(facts.report)}\nCalendar: {_describe(calendar.report)}")
    click.echo(f"{target}: {len(pack.listings)} listings, {len(pack.blocks)} blocked ranges.")


if __name__ == "__main__":
    main()
