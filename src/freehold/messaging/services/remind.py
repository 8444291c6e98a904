"""Reminders before an arrival: where to go and how to cancel, and what is still owed.

The row that says "given" and the announcement that leads to the message commit together, and the row is unique: of
two workers that find the same booking one announces. The message itself is written when it leaves, by what is true
then.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from freehold.core.events import announce
from freehold.messaging.events import ReminderDue
from freehold.messaging.models import Reminder
from freehold.messaging.selectors import bookings_to_remind

BATCH = 200


def remind(*, booking_id: UUID, kind: Reminder.Kind, arrives_at: datetime) -> bool:
    """True when the reminder was given now, for that arrival."""
    with transaction.atomic():
        _, is_given_now = Reminder.objects.get_or_create(booking_id=booking_id, kind=kind, arrives_at=arrives_at)
        if is_given_now:
            announce(ReminderDue(booking_id=booking_id, kind=kind.value, arrives_at=arrives_at))
    return is_given_now


def send_due_reminders() -> int:
    """Gives the reminders that are due, each in a transaction of its own. Returns how many."""
    given = 0
    for kind in Reminder.Kind:
        due = list(bookings_to_remind(kind).values_list("pk", "starts_at")[:BATCH])
        given += sum(remind(booking_id=pk, kind=kind, arrives_at=arrives_at) for pk, arrives_at in due)
    return given
