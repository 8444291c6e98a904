"""`./freehold import airbnb` on a generated file: seconds, and the process's memory at its highest."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import psycopg
from psycopg import sql

from bench.lab import Lab
from bench.results import Baseline, Goal, NotMeasured, Row
from bench.world.geography import City, make_spots

NAME = "imports"
DATABASE = "bench_import"
_CITY = City("Boston", "US", "America/New_York", 42.35, -71.08, 0.1)
_KINDS = ("Entire rental unit", "Private room in home", "Entire condo", "Entire home", "Room in hotel")
_AMENITIES = (
    "Wifi",
    "Kitchen",
    "Heating",
    "Air conditioning",
    "Washer",
    "Dryer",
    "Free street parking",
    "Pool",
    "Iron",
)
_COLUMNS = (
    "id",
    "name",
    "description",
    "host_id",
    "host_name",
    "neighbourhood_cleansed",
    "latitude",
    "longitude",
    "property_type",
    "room_type",
    "accommodates",
    "bathrooms_text",
    "bedrooms",
    "beds",
    "amenities",
    "price",
    "minimum_nights",
    "maximum_nights",
    "number_of_reviews",
    "review_scores_rating",
)


@dataclass(frozen=True, slots=True)
class _Import:
    seconds: float
    peak_mib: float


def measure(lab: Lab) -> Iterator[Row]:
    count = lab.amounts.import_rows
    file = lab.cluster.home / "listings.csv"
    _write_file(file, count)
    imports, copies = [], []
    for _ in range(lab.amounts.repeats):
        lab.create(DATABASE)
        copies.append(_copy(lab, file))
        imports.append(_import(lab, file, count))
    size = file.stat().st_size // 2**20
    name = f"import of {count:,} listings"
    goals = (Goal("at_most", 60), Goal("at_most", 500)) if count == 100_000 else (None, None)
    yield Row(
        NAME,
        name,
        "s",
        [each.seconds for each in imports],
        goals[0],
        Baseline("COPY into one table", copies),
        {"file MiB": size},
    )
    yield Row(NAME, f"{name}: most memory", "MiB", [each.peak_mib for each in imports], goals[1])


def _write_file(path: Path, count: int) -> None:
    random = Random(3)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for number, spot in enumerate(make_spots([_CITY], count, random), start=1):
            bedrooms = random.choice((1, 1, 2, 3))
            writer.writerow(
                (
                    10**12 + number,
                    f"Home {number} in {spot.neighbourhood}",
                    "A quiet home with everything that a stay needs. " * 8,
                    number // 3,
                    "Sam",
                    spot.neighbourhood,
                    round(spot.latitude, 5),
                    round(spot.longitude, 5),
                    random.choice(_KINDS),
                    "Entire home/apt",
                    bedrooms * 2,
                    f"{random.choice((1, 1.5, 2))} baths",
                    bedrooms,
                    bedrooms,
                    json.dumps(random.sample(_AMENITIES, 6)),
                    f"${random.randint(60, 900)}.00",
                    random.choice((1, 2, 3, 29)),
                    365,
                    random.randint(0, 300),
                    round(random.uniform(3.5, 5), 2),
                )
            )


def _import(lab: Lab, file: Path, count: int) -> _Import:
    where = ["--city", _CITY.name, "--country", _CITY.country, "--time-zone", _CITY.time_zone, "--currency", "USD"]
    command = [sys.executable, "-P", "-m", "freehold", "import", "airbnb", str(file), "--new-company", "Bench", *where]
    output = lab.cluster.home / "logs" / "import.log"
    began = time.monotonic()
    with output.open("wb") as log:
        process = subprocess.Popen(
            command,
            env={**os.environ, **lab.environment(DATABASE)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        # The child's own account of its memory, of no other child of ours.
        _pid, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    with lab.connect(DATABASE) as connection:
        row = connection.execute("SELECT count(*) FROM properties_property").fetchone()
    if process.returncode or row is None or row[0] != count:
        raise NotMeasured(f"imported {row and row[0]} of {count}: {output.read_text()[-500:]}")
    kibibytes = usage.ru_maxrss if sys.platform == "linux" else usage.ru_maxrss // 1024
    return _Import(seconds, kibibytes / 1024)


def _copy(lab: Lab, file: Path) -> float:
    """The seconds that PostgreSQL itself takes for the file, into one table of texts."""
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in _COLUMNS)
    with psycopg.connect(lab.url(DATABASE)) as connection:
        connection.execute(sql.SQL("CREATE TEMP TABLE plain ({})").format(columns))
        began = time.monotonic()
        with connection.cursor().copy("COPY plain FROM STDIN (FORMAT csv, HEADER)") as copy, file.open("rb") as source:
            while block := source.read(2**20):
                copy.write(block)
        connection.commit()
        return time.monotonic() - began
