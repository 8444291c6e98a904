"""What a business of an older API consists of, whichever it was: the shape between its dump and our rooms.

Keys are primary keys in the dump, as texts; `number` is the key where it counts. `model` is for the report.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum

from freehold.accounts.services.import_user import PersonToImport
from freehold.domain.money import Money
from freehold.domain.occasions import When
from freehold.domain.party import Party
from freehold.properties.services.set_slot_rules import SlotFacts


class Kind(StrEnum):
    """What a row is, here."""

    PERSON = "person"
    CATEGORY = "category"
    PLACE = "place"
    UNIT = "unit"
    BOOKING = "booking"
    PAYMENT = "payment"


class Status(StrEnum):
    """What became of a booking there. `agreed` needed no payment."""

    PENDING = "pending"
    PAID = "paid"
    AGREED = "agreed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class OldRow:
    model: str
    key: str
    number: int | None
    digest: str
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OldPerson(OldRow):
    facts: PersonToImport


@dataclass(frozen=True, slots=True, kw_only=True)
class OldCategory(OldRow):
    name: str
    slug: str
    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OldUnit(OldRow):
    """A thing that is taken: the whole place, or a numbered room."""

    name: str
    max_guests: int
    bedrooms: int
    bathrooms: Decimal
    pictures: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OldOffer:
    """A way in which a unit is sold. `keeps_number`: it is the listing that bears the row's number, not the place."""

    unit: str
    title: str
    mode: str
    basis: str
    payment_terms: str
    price: Money
    ending: str = ""
    slots: SlotFacts | None = None
    keeps_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OldPlace(OldRow):
    """`category` is a key of the dump, else `category_slug` of ours. `location` as people wrote it."""

    title: str
    slug: str
    description: str
    location: str
    category: str = ""
    category_slug: str = ""
    country: str = ""
    latitude: float | None = None
    longitude: float | None = None
    amenities: Sequence[str] = ()
    pictures: Sequence[str] = ()
    is_published: bool = True
    is_available: bool = True
    check_in_time: time = time(15)
    check_out_time: time = time(11)
    units: Sequence[OldUnit]
    offers: Sequence[OldOffer]


@dataclass(frozen=True, slots=True, kw_only=True)
class OldPayment(OldRow):
    """`amount` is none where nobody wrote it down: it was for the whole booking."""

    provider: str
    transaction_id: str
    came_in: bool
    amount: Money | None
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OldBooking(OldRow):
    """`units` are keys of units of the place. `guests` are (unit, name, age)."""

    person: str
    place: str
    units: Sequence[str]
    when: When
    party: Party
    total: Money | None
    status: Status
    made_at: datetime
    ended_at: datetime
    guests: Sequence[tuple[str, str, int | None]] = ()
    payments: Sequence[OldPayment] = ()


@dataclass(slots=True)
class OldBusiness:
    """`source` names the API; it stands on everything that comes from there."""

    source: str
    people: list[OldPerson] = field(default_factory=list)
    categories: list[OldCategory] = field(default_factory=list)
    places: list[OldPlace] = field(default_factory=list)
    bookings: list[OldBooking] = field(default_factory=list)
