"""What other rooms may see of the calendar."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from freehold.domain.occasions import Nights, When
from freehold.domain.party import Party
from freehold.domain.periods import Period
from freehold.properties.models import Listing


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim that was just made: the leaf units that it takes, in id order, and when a hold ends (else None)."""

    id: UUID
    unit_ids: tuple[UUID, ...]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListingWish:
    """One listing that is wanted for a period; `listing.property` is loaded, for a slot `listing.slot_rules` too.

    `quantity`: so many units of the listing's type, together. `party` is told to whoever looks for something else.
    `unit_id`: this very unit, and no other one of the type.
    """

    listing: Listing
    when: When
    period: Period
    quantity: int = 1
    party: Party | None = None
    unit_id: UUID | None = None

    @property
    def takes_any_of_its_type(self) -> bool:
        """Whether it can be served in several ways."""
        return self.listing.unit_type_id is not None and self.unit_id is None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Nights that could not be had: by these something like them is looked for."""

    listing_id: UUID
    nights: Nights
    party: Party | None


@dataclass(frozen=True, slots=True)
class Alternative:
    """A stay that could be had instead."""

    listing_id: UUID
    check_in: date
    check_out: date

    def to_json(self) -> dict[str, str]:
        return {
            "listing_id": str(self.listing_id),
            "check_in": self.check_in.isoformat(),
            "check_out": self.check_out.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class SlotAlternative:
    """A slot that could be had instead."""

    listing_id: UUID
    start_at: datetime
    end_at: datetime

    def to_json(self) -> dict[str, str]:
        return {
            "listing_id": str(self.listing_id),
            "start_at": self.start_at.isoformat().replace("+00:00", "Z"),
            "end_at": self.end_at.isoformat().replace("+00:00", "Z"),
        }
