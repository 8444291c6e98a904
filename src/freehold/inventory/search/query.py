"""What can be asked, checked once, so that every surface asks alike."""

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from freehold.core.errors import BadInput, ErrorItem
from freehold.domain.periods import MAX_NIGHTS

MAX_PAGE_SIZE = 100
MAX_RADIUS_KM = 20_000.0
MAX_AMENITIES = 30

_SORT_KEY = re.compile(r"-?[0-9]{1,18}")


class Sort(StrEnum):
    RELEVANCE = "relevance"
    PRICE = "price"
    PRICE_DESCENDING = "-price"
    RATING = "rating"
    DISTANCE = "distance"


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees. `west` > `east` means a box across the date line."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Near:
    latitude: float
    longitude: float
    radius_km: float | None = None


@dataclass(frozen=True, slots=True)
class CursorAt:
    """The row at the edge of a page: what is asked for lies beyond it, whatever came or went meanwhile."""

    sort_key: str
    listing_id: str
    is_backwards: bool = False

    def encode(self, sort: Sort) -> str:
        raw = json.dumps([sort, self.is_backwards, self.sort_key, self.listing_id]).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    @classmethod
    def decode(cls, cursor: str, sort: Sort) -> "CursorAt":
        """Raises BadInput for anything that this search did not write."""
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            kind, is_backwards, sort_key, listing_id = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
            # What the database would answer with an error is refused here.
            if kind != sort or type(is_backwards) is not bool or not _SORT_KEY.fullmatch(sort_key):
                raise ValueError
            return cls(sort_key, str(UUID(listing_id)), is_backwards)
        except (ValueError, TypeError, AttributeError):
            detail = "This cursor does not belong to this search."
            raise BadInput(detail, code="invalid_cursor", attr="cursor") from None


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """Dates come both or not at all. Prices are in the currency of the answer: the whole stay with fees and taxes when
    there are dates, else one night. `children` are the ages of those among the guests who are under age.

    Raises BadInput naming every wrong field.
    """

    place: str = ""
    check_in: date | None = None
    check_out: date | None = None
    guests: int = 1
    children: tuple[int, ...] = ()
    box: Box | None = None
    near: Near | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    bedrooms: int = 0
    amenities: tuple[str, ...] = ()
    category: str = ""
    q: str = ""
    currency: str = ""
    mode: str = "stay"
    sort: Sort = Sort.RELEVANCE
    cursor: str = ""
    page_size: int = 20
    cursor_at: CursorAt | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise BadInput.of(problems)
        if self.cursor:
            object.__setattr__(self, "cursor_at", CursorAt.decode(self.cursor, self.sort))

    @property
    def nights(self) -> int:
        """0 without dates."""
        return (self.check_out - self.check_in).days if self.check_in and self.check_out else 0

    def _problems(self) -> list[ErrorItem]:
        problems = []
        if (self.check_in is None) != (self.check_out is None):
            missing = "check_in" if self.check_in is None else "check_out"
            problems.append(ErrorItem("required", "Give both dates, or none.", missing))
        elif self.check_in is not None and not 1 <= self.nights <= MAX_NIGHTS:
            detail = f"A stay has 1 to {MAX_NIGHTS} nights."
            problems.append(ErrorItem("invalid_dates", detail, "check_out"))
        if not self.guests - len(self.children) >= 1:
            problems.append(ErrorItem("invalid_children", "At least one guest is an adult.", "children"))
        if self.sort is Sort.DISTANCE and self.near is None:
            problems.append(ErrorItem("near_required", "Sorting by distance needs `near`.", "sort"))
        if self.min_price is not None and self.max_price is not None and self.min_price > self.max_price:
            problems.append(ErrorItem("invalid_range", "The lowest price is above the highest.", "max_price"))
        if self.box is not None and self.box.south > self.box.north:
            problems.append(ErrorItem("invalid_box", "A box is west,south,east,north.", "bbox"))
        if len(self.amenities) > MAX_AMENITIES:
            problems.append(ErrorItem("too_many", f"At most {MAX_AMENITIES} amenities.", "amenities"))
        return problems
