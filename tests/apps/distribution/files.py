"""Write small source files in the shape that Inside Airbnb publishes."""

import csv
import gzip
from collections.abc import Iterable, Mapping
from pathlib import Path

GOOD_ROW: Mapping[str, str] = {
    "id": "948123456789012345",
    "host_id": "17",
    "name": "A room with a view",
    "description": "Quiet.<br />Near the park &amp; the river.",
    "neighbourhood_cleansed": "Old Town",
    "latitude": "55.94906",
    "longitude": "-3.19283",
    "property_type": "Entire rental unit",
    "room_type": "Entire home/apt",
    "accommodates": "4",
    "bathrooms": "1.5",
    "bathrooms_text": "1.5 baths",
    "bedrooms": "2",
    "beds": "3",
    "amenities": '["Wifi", "Kitchen"]',
    "price": "$120.00",
    "minimum_nights": "2",
    "maximum_nights": "28",
    "number_of_reviews": "12",
    "review_scores_rating": "4.83",
    "instant_bookable": "t",
}


def rows(count: int, **changes: str) -> list[dict[str, str]]:
    """That many good rows with ids of their own, all changed alike."""
    return [{**GOOD_ROW, "id": str(1000 + number), **changes} for number in range(count)]


def write_listings(folder: Path, records: Iterable[Mapping[str, str]], *, header: Iterable[str] = GOOD_ROW) -> Path:
    path = folder / "listings.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(header), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(records)
    return path


def write_calendar(folder: Path, lines: Iterable[str], *, header: str = "listing_id,date,available,price") -> Path:
    path = folder / "calendar.csv.gz"
    path.write_bytes(gzip.compress("\n".join([header, *lines, ""]).encode()))
    return path
