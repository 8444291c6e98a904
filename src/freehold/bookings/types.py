"""What other rooms and surfaces see of bookings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from freehold.bookings.models import Booking, BookingItem
from freehold.domain.changes import ChangeOutcome
from freehold.domain.money import Money
from freehold.domain.occasions import When
from freehold.domain.party import Party
from freehold.domain.reasons import Reason
from freehold.pricing.types import PricedCart


@dataclass(frozen=True, slots=True)
class Held:
    """A booking that was just made: its items have their listing, property and company at hand."""

    booking: Booking
    items: Sequence[BookingItem]
    cart: PricedCart


@dataclass(frozen=True, slots=True)
class RefundPreview:
    """What cancelling would give back at `as_of`, and what would be kept. `policy` says why, in words."""

    refund: Money
    fee: Money
    policy: str
    as_of: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "refund": self.refund.to_json(),
            "fee": self.fee.to_json(),
            "policy": self.policy,
            "as_of": self.as_of.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class GuestName:
    """A person who stays, in the booking item at `item` (0 is the first). `age` is needed for children only."""

    name: str
    age: int | None = None
    item: int = 0


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What should become of one booked item. What is None stays as it was booked, and so do items that nobody names."""

    item_id: UUID
    listing_id: UUID | None = None
    when: When | None = None
    party: Party | None = None
    is_given_up: bool = False


@dataclass(frozen=True, slots=True)
class ChangePreview:
    """What a change would cost at `as_of`, and whether the space is there: `reasons` is empty when it is.

    `after` is what would be promised; of the money `outcome.due` would have to be paid first, `outcome.refund` would
    go back. `changes_anything` is false when all that is wished is as it was booked.
    """

    before: PricedCart
    after: PricedCart
    outcome: ChangeOutcome
    changes_anything: bool
    reasons: tuple[Reason, ...]
    as_of: datetime

    @property
    def is_possible(self) -> bool:
        return self.changes_anything and not self.reasons

    def to_json(self) -> dict[str, Any]:
        outcome = self.outcome
        return {
            "before": outcome.before.to_json(),
            "after": outcome.after.to_json(),
            "fee": outcome.fee.to_json(),
            "difference": outcome.difference.to_json(),
            "due_now": outcome.due.to_json(),
            "refund": outcome.refund.to_json(),
            "policy": outcome.policy,
            "is_possible": self.is_possible,
            "reasons": [reason.to_json() for reason in self.reasons],
            "as_of": self.as_of.isoformat(),
        }
