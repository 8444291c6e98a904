"""A city as a small folder inside the project: facts of listings, and their calendars relative to day 0.

A pack is what the importer made of a source once, so that a demonstration needs no download. Three files:
`pack.json` (the place, the source, its licence), `listings.csv.gz` (one record per line) and `blocks.csv.gz`
(days counted from the first day of the source's calendar, so that a reader can lay day 0 on today). Host
texts are never part of a pack.
"""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from freehold.distribution.airbnb.categories import Space
from freehold.distribution.airbnb.records import BlockedRange, ListingRecord, PriceSource, UnreadableSource

FORMAT = 1
PACKS_FOLDER = Path(__file__).resolve().parents[1] / "packs"


@dataclass(frozen=True, slots=True)
class City:
    """Where the listings are. The centre is what "from the centre" is measured from."""

    name: str
    region: str
    country: str
    time_zone: str
    currency: str
    centre_latitude: Decimal
    centre_longitude: Decimal


@dataclass(frozen=True, slots=True)
class RelativeBlock:
    """Nights that cannot be booked: `nights` of them from `start_day` days after day 0."""

    source_id: str
    start_day: int
    nights: int

    def on(self, day_zero: date) -> BlockedRange:
        start = day_zero + timedelta(days=self.start_day)
        return BlockedRange(self.source_id, start, start + timedelta(days=self.nights))


@dataclass(frozen=True, slots=True)
class Pack:
    """A city's facts. `first_day` is the source's day 0; `attribution` must be shown wherever the data is."""

    city: City
    source: str
    first_day: date
    attribution: str
    listings: tuple[ListingRecord, ...]
    blocks: tuple[RelativeBlock, ...]


def available_packs() -> tuple[str, ...]:
    """Names of the packs that ship with the project."""
    return tuple(sorted(folder.parent.name for folder in PACKS_FOLDER.glob("*/pack.json")))


def read_pack(folder: Path) -> Pack:
    """Read a pack. UnreadableSource when it is of another format or its counts do not agree."""
    about = json.loads((folder / "pack.json").read_text("utf-8"))
    if about.get("format") != FORMAT:
        raise UnreadableSource(f"{folder.name} is a pack of format {about.get('format')}, this program reads {FORMAT}.")
    city = City(**{**about["city"], **_centre(about["city"])})
    pack = Pack(
        city=city,
        source=about["source"],
        first_day=date.fromisoformat(about["first_day"]),
        attribution=about["attribution"],
        listings=tuple(_record(row, city.currency) for row in _read_table(folder / "listings.csv.gz")),
        blocks=tuple(
            RelativeBlock(row["source_id"], int(row["start_day"]), int(row["nights"]))
            for row in _read_table(folder / "blocks.csv.gz")
        ),
    )
    counted = {"listings": len(pack.listings), "blocks": len(pack.blocks)}
    if counted != about["counts"]:
        raise UnreadableSource(f"{folder.name} is incomplete: {counted} instead of {about['counts']}.")
    return pack


def write_pack(pack: Pack, folder: Path) -> None:
    """Write a pack; the same pack gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        "format": FORMAT,
        "city": {key: _plain(value) for key, value in asdict(pack.city).items()},
        "source": pack.source,
        "first_day": pack.first_day.isoformat(),
        "attribution": pack.attribution,
        "counts": {"listings": len(pack.listings), "blocks": len(pack.blocks)},
    }
    (folder / "pack.json").write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", "utf-8")
    _write_table(
        folder / "listings.csv.gz",
        list(_CELLS),
        ([write(getattr(record, name)) for name, (write, _) in _CELLS.items()] for record in pack.listings),
    )
    _write_table(
        folder / "blocks.csv.gz",
        ["source_id", "start_day", "nights"],
        ([block.source_id, block.start_day, block.nights] for block in pack.blocks),
    )


def relative_blocks(blocked: Iterable[BlockedRange], day_zero: date) -> tuple[RelativeBlock, ...]:
    """Blocked ranges counted from `day_zero`, in the order given."""
    return tuple(RelativeBlock(item.source_id, (item.start - day_zero).days, item.nights) for item in blocked)


def _centre(city: dict[str, str]) -> dict[str, Decimal]:
    return {name: Decimal(city[name]) for name in ("centre_latitude", "centre_longitude")}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _decimal_text(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _optional(read: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: read(text) if text else None


def _flag(text: str) -> bool:
    return text == "1"


# field: (value to cell, cell to value). The order is the file's column order.
_CELLS: dict[str, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    "source_id": (str, str),
    "host_id": (str, str),
    "neighbourhood": (str, str),
    "latitude": (_decimal_text, Decimal),
    "longitude": (_decimal_text, Decimal),
    "category": (str, str),
    "space": (str, Space),
    "accommodates": (str, int),
    "bedrooms": (str, int),
    "beds": (str, int),
    "bathrooms": (_decimal_text, Decimal),
    "is_bathroom_shared": (lambda value: str(int(value)), _flag),
    "price_minor": (str, int),
    "price_source": (str, PriceSource),
    "min_nights": (str, int),
    "max_nights": (lambda value: "" if value is None else str(value), _optional(int)),
    "rating": (lambda value: "" if value is None else _decimal_text(value), _optional(Decimal)),
    "review_count": (str, int),
    "is_instantly_bookable": (lambda value: str(int(value)), _flag),
    "amenities": (" ".join, lambda text: tuple(text.split())),
}


def _record(row: dict[str, str], currency: str) -> ListingRecord:
    return ListingRecord(currency=currency, **{name: read(row[name]) for name, (_, read) in _CELLS.items()})


def _read_table(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    path.write_bytes(gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0))
