"""What the books announce."""

from dataclasses import dataclass
from uuid import UUID

from freehold.core.events import Event


@dataclass(frozen=True, slots=True)
class OutgoingDrafted(Event):
    """Somebody wrote down what is to be paid out, or changed it. Who knows that such an amount cannot be sent says so
    while it is still before them."""

    outgoing_id: UUID


@dataclass(frozen=True, slots=True)
class OutgoingSubmitted(Event):
    """Somebody asks for money to be paid out. Who knows that it cannot be sent says so now."""

    outgoing_id: UUID


@dataclass(frozen=True, slots=True)
class OutgoingApproved(Event):
    """A second person agreed. It is frozen, and may be sent."""

    outgoing_id: UUID
