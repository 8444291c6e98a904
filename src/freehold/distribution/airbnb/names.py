"""What a source hides in a listing's name.

For some months of 2023 the names of a whole city read "Rental unit in Boston · ★4.98 · 2 bedrooms · 3 beds · 1 bath",
the host's own name was gone, and the columns for rooms were empty.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from freehold.distribution.airbnb.fields import parse_bathrooms, parse_count

_SEPARATOR = " · "
_COUNT = re.compile(r"([0-9]{1,4}) (bedroom|bed)s?", re.IGNORECASE)
_BATHS = re.compile(r"(?:[0-9]{1,4}(?:\.[0-9])?|half|shared|private).*bath", re.IGNORECASE)
_RATING = re.compile(r"★|^new$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """The name without its facts, and the facts; None where the name does not tell."""

    title: str
    bedrooms: int | None = None
    beds: int | None = None
    bathrooms: Decimal | None = None

    @property
    def facts(self) -> tuple[int | Decimal | None, ...]:
        return tuple(fact for fact in (self.bedrooms, self.beds, self.bathrooms) if fact is not None)


def read_name(text: str) -> Name:
    """A name is taken apart only where every piece after the first is a fact of a known shape."""
    title, *pieces = text.split(_SEPARATOR)
    counts: dict[str, int | None] = {}
    bathrooms: Decimal | None = None
    for piece in (piece.strip() for piece in pieces):
        if found := _COUNT.fullmatch(piece):
            counts[found.group(2).lower()] = parse_count(found.group(1))
        elif piece.lower() == "studio":
            counts["bedroom"] = 0
        elif _BATHS.match(piece):
            bathrooms, _ = parse_bathrooms(None, piece)
        elif not _RATING.search(piece):
            return Name(text)
    if not pieces:
        return Name(text)
    return Name(title, counts.get("bedroom"), counts.get("bed"), bathrooms)
