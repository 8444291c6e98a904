"""Say which slots a listing gives."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, ErrorItem
from freehold.domain.errors import DomainError
from freehold.domain.slots import OpeningHours
from freehold.properties.access import permitted
from freehold.properties.models import Listing, SlotRules

_LIMITS = {
    "grid_minutes": (0, 1440),
    "min_minutes": (1, 44_640),
    "max_minutes": (1, 44_640),
    "buffer_before_minutes": (0, 1440),
    "buffer_after_minutes": (0, 1440),
    "notice_minutes": (0, 525_600),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFacts:
    """As `SlotRules` stores them. Raises BadInput naming every wrong field."""

    opening_hours: Any
    grid_minutes: int = 30
    min_minutes: int = 30
    max_minutes: int = 240
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    notice_minutes: int = 0
    seat_per_guest: bool = False

    def __post_init__(self) -> None:
        problems = [
            ErrorItem("invalid", f"From {lowest} to {highest}.", name)
            for name, (lowest, highest) in _LIMITS.items()
            if not lowest <= getattr(self, name) <= highest
        ]
        if self.max_minutes < self.min_minutes:
            problems.append(ErrorItem("invalid_range", "The longest slot is shorter than the shortest.", "max_minutes"))
        try:
            hours = OpeningHours.from_json(self.opening_hours)
        except DomainError as error:
            problems.append(ErrorItem(error.code, error.detail, "opening_hours"))
        if problems:
            raise BadInput.of(problems)
        object.__setattr__(self, "opening_hours", hours.to_json())


def set_slot_rules(*, actor: Actor, listing_id: UUID, facts: SlotFacts) -> SlotRules:
    """From now on the listing gives these slots; what is booked stays. Needs `properties.edit`.

    Raises Conflict `not_a_slot_listing`, and BadInput for seats of a listing that sells no type of units.
    """
    with transaction.atomic():
        listing = permitted(actor=actor, model=Listing, pk=listing_id, lock=True)
        if listing.mode != Listing.Mode.SLOT:
            raise Conflict("This listing is not sold by the slot.", code="not_a_slot_listing")
        if facts.seat_per_guest and listing.unit_type_id is None:
            detail = "Seats are units of a type: this listing sells none."
            raise BadInput(detail, code="no_unit_type", attr="seat_per_guest")
        rules, _ = SlotRules.objects.update_or_create(listing=listing, defaults=asdict(facts))
    return rules
