"""What other rooms and surfaces see of bookings."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from freehold.domain.money import Money


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
