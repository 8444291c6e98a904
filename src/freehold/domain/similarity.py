"""How alike two places are, and what a guest would say about it.

The score is a weighted mean of five parts, each between 0 (nothing in common) and 1 (the same):

    part        weight  formula                                     source
    kind        0.30    2 * shared / (depth a + depth b)            Wu and Palmer 1994, on the category tree
    nearness    0.25    1 / (1 + distance / 2 km)                   half at two kilometres
    price       0.20    lower / higher; 0 in different currencies   ratio of the nightly prices
    amenities   0.15    both have / either has                      Jaccard index
    size        0.10    smaller / larger                            ratio of the guests that they take

`shared` counts the categories from the root down that both paths begin with. Every part is symmetric; what is the same
as itself scores 1.
"""

import math
from collections.abc import Hashable
from dataclasses import dataclass

from freehold.domain.errors import DomainError

EARTH_RADIUS_KM = 6_371.0088
HALF_NEARNESS_KM = 2.0
WEIGHTS = {"kind": 0.30, "nearness": 0.25, "price": 0.20, "amenities": 0.15, "size": 0.10}
SAME_PRICE_PERCENT = 2
"""A difference of so many per cent is none that one would mention."""
MANIFOLD_PERCENT = 75
"""From here on one rather says how many times."""


class SimilarityError(DomainError):
    """A place that cannot be compared."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What of a place is compared. `path` is its category with all above it, the root first.

    Degrees, minor units of the currency for one night, codes of amenities, guests.
    """

    path: tuple[Hashable, ...]
    latitude: float
    longitude: float
    price_minor: int
    currency: str
    amenities: frozenset[str]
    capacity: int

    def __post_init__(self) -> None:
        if not (abs(self.latitude) <= 90 and abs(self.longitude) <= 180):
            raise SimilarityError("invalid_coordinates", "Latitude or longitude is out of range.")
        if self.price_minor < 0 or self.capacity < 1:
            raise SimilarityError("invalid_profile", "A price is not negative, and a place takes at least one guest.")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two places have in common, and where the other one differs.

    `price_percent` is how much the other one costs more (negative: less), None in different currencies or when the
    first one is free. `score` is between 0 and 1.
    """

    score: float
    is_same_kind: bool
    distance_km: float
    price_percent: int | None
    shared: frozenset[str]


def compare(place: Profile, other: Profile) -> Comparison:
    """The score of the two, and what words about `other` are made of."""
    distance = distance_km(place.latitude, place.longitude, other.latitude, other.longitude)
    parts = {
        "kind": _kind(place.path, other.path),
        "nearness": 1 / (1 + distance / HALF_NEARNESS_KM),
        "price": _ratio(place.price_minor, other.price_minor) if place.currency == other.currency else 0.0,
        "amenities": _jaccard(place.amenities, other.amenities),
        "size": _ratio(place.capacity, other.capacity),
    }
    return Comparison(
        score=min(1.0, math.fsum(WEIGHTS[name] * part for name, part in parts.items())),
        is_same_kind=bool(place.path) and place.path == other.path,
        distance_km=distance,
        price_percent=price_percent(place.price_minor, other.price_minor) if place.currency == other.currency else None,
        shared=place.amenities & other.amenities,
    )


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance by the haversine formula, on the mean earth sphere. Degrees in, kilometres out."""
    south, north = math.radians(latitude), math.radians(other_latitude)
    rise = math.sin((north - south) / 2) ** 2
    turn = math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, rise + math.cos(south) * math.cos(north) * turn)))


def price_percent(minor: int, other_minor: int) -> int | None:
    """How much more the other price is, in whole per cent rounded half away from zero; None against nothing."""
    if minor == 0:
        return None
    difference = 200 * (other_minor - minor)
    size = (abs(difference) + minor) // (2 * minor)
    return size if difference > 0 else -size


def price_words(percent: int | None) -> str:
    """ "8 % cheaper", "about the same price", "12 % more", "about twice the price"; "" where nothing is compared."""
    if percent is None:
        return ""
    if abs(percent) <= SAME_PRICE_PERCENT:
        return "about the same price"
    if percent < MANIFOLD_PERCENT:
        return f"{-percent} % cheaper" if percent < 0 else f"{percent} % more"
    times = (percent + 150) // 100
    return "about twice the price" if times == 2 else f"about {times} times the price"


def distance_words(kilometres: float) -> str:
    """ "next door", "0.4 km away", "12 km away"."""
    if kilometres < 0.05:
        return "next door"
    return f"{max(kilometres, 0.1):.1f} km away" if kilometres < 9.95 else f"{kilometres:.0f} km away"


def kind_words(name: str, *, is_same: bool) -> str:
    """ "Also an apartment", "A loft". A name in the plural ("Apartments") stands without an article."""
    # "EV", but "Apartment": only what is a word becomes part of a sentence.
    word = name if name[1:2].isupper() else name[:1].lower() + name[1:]
    is_plural = word.endswith("s") and not word.endswith("ss")
    article = "" if is_plural else "an " if word[:1].lower() in "aeiou" else "a "
    phrase = f"{article}{word}"
    return f"Also {phrase}" if is_same else phrase[:1].upper() + phrase[1:]


def _kind(path: tuple[Hashable, ...], other: tuple[Hashable, ...]) -> float:
    if not path and not other:
        return 1.0
    shared = 0
    for mine, theirs in zip(path, other, strict=False):
        if mine != theirs:
            break
        shared += 1
    return 2 * shared / (len(path) + len(other))


def _ratio(one: int, other: int) -> float:
    return 1.0 if one == other else min(one, other) / max(one, other)


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    either = one | other
    return len(one & other) / len(either) if either else 1.0
