"""Where the places of a listing file are, and in what money their prices are meant.

The files name no country, no time zone and, since 2020, no city; and they write "$" for every currency. What the
caller does not say is derived offline: the zone from the coordinates, the country from the zone, the currency from the
sign of the prices or, where the sign is shared by many, from the country.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from babel.core import get_global
from babel.numbers import get_territory_currencies

from freehold.core.errors import BadInput, ErrorItem
from freehold.distribution.airbnb.fields import clean_text, parse_decimal
from freehold.distribution.airbnb.reading import open_text
from freehold.domain.errors import DomainError
from freehold.domain.money import CURRENCIES
from freehold.domain.periods import time_zone as require_time_zone
from freehold.properties.zones import zone_at

_SAMPLE = 500
# Signs of one currency only. "$", "¥" and "kr" are not among them.
_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "৳": "BDT",
    "₺": "TRY",
    "₩": "KRW",
    "฿": "THB",
    "₫": "VND",
    "₽": "RUB",
    "₪": "ILS",
    "₱": "PHP",
    "₴": "UAH",
    "R$": "BRL",
    "zł": "PLN",
    "Kč": "CZK",
}
_LONGEST_CITY = 120


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The city of a file. `time_zone` is that of most of its places; `zone_at` knows each one's own."""

    city: str
    region: str
    country: str
    time_zone: str
    currency: str
    is_one_zone: bool = False

    def zone_at(self, latitude: float, longitude: float) -> str:
        """The IANA zone of a place: the one that the caller fixed, or that of its coordinates."""
        return self.time_zone if self.is_one_zone else zone_at(latitude, longitude) or self.time_zone


@dataclass(slots=True)
class _Sample:
    """Words and signs of the first rows, counted."""

    zones: Counter[str] = field(default_factory=Counter)
    cities: Counter[str] = field(default_factory=Counter)
    regions: Counter[str] = field(default_factory=Counter)
    countries: Counter[str] = field(default_factory=Counter)
    currencies: Counter[str] = field(default_factory=Counter)

    def add(self, row: Mapping[str, str]) -> None:
        latitude, longitude = (parse_decimal(row.get(name), 6) for name in ("latitude", "longitude"))
        if latitude is not None and longitude is not None and (zone := zone_at(float(latitude), float(longitude))):
            self.zones[zone] += 1
        place = clean_text(row.get("city") or "")
        region = clean_text(row.get("state") or "")
        # "Boston, Massachusetts, United States": what the column held before it became a heading.
        parts = [part.strip() for part in clean_text(row.get("neighbourhood") or "").split(",")]
        if not place and len(parts) >= 2:
            place, region = parts[0], parts[1] if len(parts) >= 3 else region
        for counter, word in ((self.cities, place), (self.regions, region)):
            if word:
                counter[word] += 1
        country = (row.get("country_code") or "").strip().upper()
        if len(country) == 2 and country.isascii() and country.isalpha():
            self.countries[country] += 1
        if currency := _currency_of(row.get("price") or ""):
            self.currencies[currency] += 1


def find_whereabouts(
    path: Path, *, city: str = "", region: str = "", country: str = "", time_zone: str = "", currency: str = ""
) -> Whereabouts:
    """What is given stands; the rest comes from the file's first rows.

    Raises BadInput naming each option that has to be given or is none, and UnreadableSource.
    """
    sample = _Sample()
    for row in islice(_rows(path), _SAMPLE):
        sample.add(row)
    problems: list[ErrorItem] = []
    zone = time_zone or _most(sample.zones)
    if not _is_zone(zone):
        problems.append(
            ErrorItem("unknown_time_zone", "Give the IANA name of the time zone (--time-zone).", "time_zone")
        )
    land = (country or _most(sample.countries) or country_of_zone(zone)).upper()
    if not (len(land) == 2 and land.isascii() and land.isalpha()):
        problems.append(ErrorItem("required", "Give the country as two letters (--country).", "country"))
    name = (city or _most(sample.cities)).strip()
    if not 1 <= len(name) <= _LONGEST_CITY:
        problems.append(ErrorItem("required", "The file does not name its city: give it (--city).", "city"))
    money = (currency or _most(sample.currencies) or _currency_of_country(land)).upper()
    if money not in CURRENCIES:
        problems.append(ErrorItem("unknown_currency", "Give the currency of the prices (--currency).", "currency"))
    if problems:
        raise BadInput.of(problems)
    state = region or ("" if city else _most(sample.regions))
    return Whereabouts(name, state[:_LONGEST_CITY], land, zone, money, is_one_zone=bool(time_zone))


def country_of_zone(zone: str) -> str:
    """ISO 3166 code of the country that the zone belongs to; empty when there is not one."""
    found = get_global("zone_territories").get(zone, "")
    return found if len(found) == 2 else ""


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    with open_text(path) as stream:
        yield from csv.DictReader(stream, restval="")


def _currency_of(price: str) -> str:
    """The currency that a price text names without doubt."""
    sign = "".join(letter for letter in price if not (letter.isdigit() or letter.isspace() or letter in ".,-+'"))
    return sign if sign in CURRENCIES else _SIGNS.get(sign, "")


def _currency_of_country(country: str) -> str:
    current = get_territory_currencies(country) if country else []
    return current[0] if current else ""


def _is_zone(name: str) -> bool:
    try:
        require_time_zone(name)
    except DomainError:
        return False
    return bool(name)


def _most(counter: Counter[str]) -> str:
    return counter.most_common(1)[0][0] if counter else ""
