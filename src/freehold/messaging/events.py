"""What messaging announces: to itself, so that a message leaves after its reason has committed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from freehold.core.events import Event


@dataclass(frozen=True, slots=True)
class ReminderDue(Event):
    """The moment of a reminder (`models.Reminder.Kind`) has come, for the arrival that was agreed then."""

    booking_id: UUID
    kind: str
    arrives_at: datetime
