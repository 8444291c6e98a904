"""What a host says about a place, a unit or a listing: checked as a whole, whatever surface it came from."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from math import isfinite
from uuid import UUID

from freehold.core.errors import BadInput, ErrorItem
from freehold.domain.errors import DomainError
from freehold.domain.money import CURRENCIES
from freehold.domain.party import MAX_CHILD_AGE
from freehold.domain.periods import MAX_NIGHTS, time_zone
from freehold.properties.models import Listing

_COUNTRY = re.compile(r"[A-Z]{2}")
_MODES = (Listing.Mode.STAY, Listing.Mode.SLOT, Listing.Mode.EXCLUSIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceFacts:
    """A property. `category` is a slug, `amenities` are codes. Raises BadInput naming every wrong field."""

    title: str
    category: str
    city: str
    country: str
    latitude: float
    longitude: float
    time_zone: str
    description: str = ""
    street: str = ""
    neighbourhood: str = ""
    region: str = ""
    postal_code: str = ""
    check_in_time: time = time(15)
    check_out_time: time = time(11)
    host_name: str = ""
    amenities: tuple[str, ...] = ()
    max_guests: int | None = None

    def __post_init__(self) -> None:
        _refuse(self._problems())

    def _problems(self) -> Iterator[ErrorItem]:
        yield from _texts(self, {"title": 200, "city": 120}, required=True)
        limits = {"street": 200, "neighbourhood": 120, "region": 120, "postal_code": 20, "host_name": 100}
        yield from _texts(self, limits)
        yield from _numbers(self, {"max_guests": (1, 10_000)})
        if not _COUNTRY.fullmatch(self.country):
            yield ErrorItem("invalid", "A country is two capital letters, as in ISO 3166.", "country")
        for name, bound in (("latitude", 90), ("longitude", 180)):
            degrees = getattr(self, name)
            if not isfinite(degrees) or abs(degrees) > bound:
                yield ErrorItem("invalid", f"From -{bound} to {bound} degrees.", name)
        try:
            time_zone(self.time_zone)
        except DomainError as error:
            yield ErrorItem(error.code, error.detail, "time_zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFacts:
    """A unit, or a type of units. `part_ids` make a unit a composite of leaf units of the same property."""

    name: str
    max_guests: int = 2
    bedrooms: int = 1
    beds: int = 1
    bathrooms: Decimal = Decimal(1)
    description: str = ""
    unit_type_id: UUID | None = None
    part_ids: tuple[UUID, ...] = ()
    is_active: bool = True

    def __post_init__(self) -> None:
        _refuse(self._problems())

    def _problems(self) -> Iterator[ErrorItem]:
        yield from _texts(self, {"name": 120}, required=True)
        limits = {"max_guests": (1, 1000), "bedrooms": (0, 500), "beds": (0, 1000)}
        yield from _numbers(self, limits)
        if not 0 <= self.bathrooms <= 500 or self.bathrooms * 2 % 1:
            yield ErrorItem("invalid", "Bathrooms count in halves, from 0 to 500.", "bathrooms")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingFacts:
    """A way of selling a unit, any unit of a type, or (neither) the whole property: by the night, by the slot, or until
    cancelled (`mode`). Weekdays are 0 (Monday) to 6; None means every day."""

    title: str
    currency: str
    max_guests: int
    unit_id: UUID | None = None
    unit_type_id: UUID | None = None
    mode: str = Listing.Mode.STAY
    payment_terms: str = Listing.PaymentTerms.ONLINE
    acceptance: str = Listing.Acceptance.INSTANT
    answer_within_hours: int = 24
    max_adults: int | None = None
    max_children: int | None = None
    infants_beside: int = 0
    min_guest_age: int = 0
    min_nights: int = 1
    max_nights: int = MAX_NIGHTS
    lead_time_hours: int = 0
    booking_window_days: int = 540
    cut_off_time: time | None = None
    turnover_days: int = 0
    arrival_weekdays: Sequence[int] | None = None
    departure_weekdays: Sequence[int] | None = None

    def __post_init__(self) -> None:
        _refuse(self._problems())

    def _problems(self) -> Iterator[ErrorItem]:
        yield from _texts(self, {"title": 200}, required=True)
        limits = {
            "max_guests": (1, 1000),
            "min_nights": (1, MAX_NIGHTS),
            "max_nights": (1, MAX_NIGHTS),
            "lead_time_hours": (0, 8760),
            "booking_window_days": (0, 3650),
            "answer_within_hours": (1, 168),
            "max_adults": (1, 1000),
            "max_children": (0, 1000),
            "infants_beside": (0, 100),
            "min_guest_age": (0, MAX_CHILD_AGE + 1),
            "turnover_days": (0, 30),
        }
        yield from _numbers(self, limits)
        if self.max_nights < self.min_nights:
            yield ErrorItem("invalid_range", "The longest stay is shorter than the shortest.", "max_nights")
        if self.currency not in CURRENCIES:
            yield ErrorItem("unknown_currency", "There is no such currency.", "currency")
        if self.mode not in _MODES:
            yield ErrorItem("invalid", "stay, slot or exclusive.", "mode")
        if self.payment_terms not in Listing.PaymentTerms.values:
            yield ErrorItem("invalid", "online, deposit or at_property.", "payment_terms")
        if self.acceptance not in Listing.Acceptance.values:
            yield ErrorItem("invalid", "instant or request.", "acceptance")
        for name in ("arrival_weekdays", "departure_weekdays"):
            weekdays = getattr(self, name)
            if weekdays is not None and (not weekdays or not set(weekdays) <= set(range(7))):
                yield ErrorItem("invalid", "Some of 0 (Monday) to 6 (Sunday), or null for every day.", name)
        if self.unit_id is not None and self.unit_type_id is not None:
            yield ErrorItem("one_object", "A listing sells a unit or a type of units, not both.", "unit_type_id")


def _refuse(problems: Iterator[ErrorItem]) -> None:
    found = list(problems)
    if found:
        raise BadInput.of(found)


def _texts(facts: object, limits: dict[str, int], *, required: bool = False) -> Iterator[ErrorItem]:
    for name, limit in limits.items():
        text = getattr(facts, name)
        if required and not text.strip():
            yield ErrorItem("required", "This field is required.", name)
        if len(text) > limit:
            yield ErrorItem("max_length", f"At most {limit} characters.", name)


def _numbers(facts: object, limits: dict[str, tuple[int, int]]) -> Iterator[ErrorItem]:
    for name, (lowest, highest) in limits.items():
        number = getattr(facts, name)
        if number is not None and not lowest <= number <= highest:
            yield ErrorItem("invalid", f"From {lowest} to {highest}.", name)
