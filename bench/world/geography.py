"""Where the places are: cities by a power law, neighbourhoods around each centre, places around each neighbourhood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random

_FIRST = ("Al", "Bar", "Cor", "Dun", "El", "Fal", "Gre", "Hol", "Is", "Jor", "Kil", "Lor", "Mar", "Nor", "Os", "Pel")
_MIDDLE = ("ba", "ce", "do", "fi", "ga", "le", "mi", "no", "ra", "so", "ta", "vi")
_LAST = ("burg", "dale", "ford", "haven", "mont", "port", "stead", "ville")
# (time zone, country, western edge of its band of longitudes)
_BANDS = (
    ("America/Los_Angeles", "US", -122.0),
    ("America/Chicago", "US", -98.0),
    ("America/New_York", "US", -80.0),
    ("America/Sao_Paulo", "BR", -50.0),
    ("Europe/London", "GB", -3.0),
    ("Europe/Paris", "FR", 3.0),
    ("Asia/Kolkata", "IN", 76.0),
    ("Asia/Tokyo", "JP", 136.0),
    ("Australia/Sydney", "AU", 146.0),
)


@dataclass(frozen=True, slots=True)
class City:
    name: str
    country: str
    time_zone: str
    latitude: float
    longitude: float
    weight: float


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to be: its coordinates and the words of its address."""

    city: City
    neighbourhood: str
    latitude: float
    longitude: float


def make_cities(scale: int, random: Random) -> list[City]:
    """The busiest holds a few per cent of everything; how many there are grows with the cube root."""
    count = max(3, round(4 * scale ** (1 / 3)))
    names = [f"{first}{middle}{last}" for first in _FIRST for middle in _MIDDLE for last in _LAST]
    random.shuffle(names)
    cities = []
    for rank in range(count):
        zone, country, west = _BANDS[rank % len(_BANDS)]
        south = country in {"BR", "AU"}
        latitude = random.uniform(-35, -20) if south else random.uniform(28, 50)
        name = names[rank % len(names)] + (f" {rank // len(names) + 1}" if rank >= len(names) else "")
        cities.append(City(name, country, zone, latitude, west + random.uniform(0, 6), 1 / (rank + 9)))
    return cities


def make_spots(cities: list[City], count: int, random: Random) -> Iterator[Spot]:
    """So many places, in no order. One degree is about 110 km; a city is some 10 km wide."""
    quarters: list[tuple[City, str, float, float, float]] = []
    weights: list[float] = []
    for city in cities:
        spread = 0.02 + 0.4 * city.weight
        number = max(3, round(60 * city.weight**0.5))
        for index in range(number):
            latitude = random.gauss(city.latitude, spread)
            longitude = random.gauss(city.longitude, spread)
            quarters.append(
                (city, f"{_MIDDLE[index % 12].title()}{_LAST[index % 8]} {index}", latitude, longitude, spread)
            )
            weights.append(city.weight / (index + 3) / number)
    cumulative = list(accumulate(weights))
    for city, name, latitude, longitude, spread in random.choices(quarters, cum_weights=cumulative, k=count):
        yield Spot(city, name, random.gauss(latitude, spread / 5), random.gauss(longitude, spread / 5))
