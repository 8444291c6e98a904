"""Where the places of a business are, as far as its dump does not say: by its company's clock."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from freehold.core.errors import BadInput
from freehold.distribution.importing.whereabouts import country_of_zone

_SIGNED = re.compile(r"([+-])(\d{2,3})(\d{2})(\d{2})?([+-])(\d{3})(\d{2})(\d{2})?")
_LONGEST_CITY, _LONGEST_NEIGHBOURHOOD = 120, 120


@dataclass(frozen=True, slots=True)
class Ground:
    """`latitude` and `longitude` are of the zone's main city, unless somebody gave others."""

    country: str
    city: str
    time_zone: str
    latitude: float
    longitude: float

    def city_of(self, location: str) -> tuple[str, str]:
        """(city, neighbourhood) of what people wrote: "Road 11, Banani, Dhaka" is in Dhaka, at Road 11, Banani."""
        parts = [part.strip() for part in location.split(",") if part.strip()]
        if not parts:
            return self.city, ""
        return parts[-1][:_LONGEST_CITY], ", ".join(parts[:-1])[:_LONGEST_NEIGHBOURHOOD]


def find_ground(*, time_zone: str, country: str = "", at: str = "") -> Ground:
    """`at` is "latitude,longitude". Raises BadInput naming the option that has to be given."""
    land = (country or country_of_zone(time_zone)).upper()
    if not re.fullmatch(r"[A-Z]{2}", land):
        raise BadInput("Give the country as two letters (--country).", code="required", attr="country")
    latitude, longitude = _point(at) if at else _centres().get(time_zone, (None, None))
    if latitude is None or longitude is None:
        raise BadInput("Give the middle of the places (--at LATITUDE,LONGITUDE).", code="required", attr="at")
    city = time_zone.rpartition("/")[2].replace("_", " ")
    return Ground(land, city, time_zone, latitude, longitude)


def _point(text: str) -> tuple[float, float]:
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        latitude, longitude = 91.0, 181.0
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise BadInput("A point is LATITUDE,LONGITUDE in degrees, such as 23.81,90.41.", code="invalid", attr="at")
    return latitude, longitude


@cache
def _centres() -> dict[str, tuple[float, float]]:
    """By zone the coordinates of its main city, from the table that comes with the time zones."""
    text = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    found = {}
    for line in text.splitlines():
        cells = line.split("\t")
        if not line.startswith("#") and len(cells) >= 3 and (point := _SIGNED.fullmatch(cells[1])):
            found[cells[2]] = (_degrees(*point.groups()[:4]), _degrees(*point.groups()[4:]))
    return found


def _degrees(sign: str, degrees: str, minutes: str, seconds: str | None) -> float:
    size = int(degrees) + int(minutes) / 60 + int(seconds or 0) / 3600
    return round(-size if sign == "-" else size, 4)
