"""What the calendar announces."""

from dataclasses import dataclass
from uuid import UUID

from freehold.core.events import Event


@dataclass(frozen=True, slots=True)
class HoldLapsed(Event):
    """A hold ran out and its space was given back, by the sweeper or by somebody who wanted it."""

    claim_id: UUID
