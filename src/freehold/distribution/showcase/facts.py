"""The shape of an invented place. Amounts are minor units of its company's currency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time

from freehold.pricing.models import RatePlan
from freehold.properties.models import Listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A unit, or a type of units; `parts` are names of the units that a composite is made of."""

    name: str
    max_guests: int
    bedrooms: int = 1
    beds: int = 1
    bathrooms: float = 1
    description: str = ""
    of_type: str = ""
    parts: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Slots of a listing. `week` has a (from, to) for each day, Monday first."""

    week: Sequence[tuple[str, str]]
    min_minutes: int = 60
    max_minutes: int = 240
    grid_minutes: int = 30
    buffer_after_minutes: int = 0
    seat_per_guest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """A listing of a unit or of a type, by name; of neither: everything at once."""

    slug: str
    title: str
    max_guests: int
    price_minor: int
    unit: str = ""
    unit_type: str = ""
    mode: Listing.Mode = Listing.Mode.STAY
    basis: RatePlan.Basis = RatePlan.Basis.NIGHT
    policy: str = "Moderate"
    weekend_minor: int | None = None
    included_guests: int | None = None
    extra_guest_minor: int = 0
    cleaning_minor: int = 0
    payment_terms: Listing.PaymentTerms = Listing.PaymentTerms.ONLINE
    deposit_basis_points: int = 10_000
    acceptance: Listing.Acceptance = Listing.Acceptance.INSTANT
    infants_beside: int = 0
    turnover_days: int = 0
    min_nights: int = 1
    booking_window_days: int = 540
    damage_deposit_minor: int = 0
    hours: Hours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A property with its spaces and the ways in which they are sold. `pictures` are keys of the picture set."""

    slug: str
    title: str
    description: str
    category: str
    neighbourhood: str
    city: str
    region: str
    country: str
    latitude: float
    longitude: float
    host_name: str
    amenities: Sequence[str]
    pictures: Sequence[str]
    units: Sequence[Space]
    sold: Sequence[Sold]
    types: Sequence[Space] = ()
    max_guests: int | None = None
    check_in_time: time = time(15)
    check_out_time: time = time(11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """A company and its places. `taxes` are percentages by (code, label) in basis points."""

    name: str
    slug: str
    currency: str
    time_zone: str
    places: Sequence[Place]
    taxes: Mapping[tuple[str, str], int] = field(default_factory=dict)
