"""Two workers that find the same booking at the same instant remind its guest once."""

from datetime import timedelta
from typing import Any

import pytest

from freehold.core import clock
from freehold.core.events import announce
from freehold.core.models import OutboxMessage
from freehold.messaging.events import ReminderDue
from freehold.messaging.models import Reminder
from freehold.messaging.services import remind as reminding
from tests.factories import ListingFactory
from tests.support.booked import confirmed
from tests.support.duel import duel

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

WORKERS = 4


def remind_at_once() -> int:
    """How many announcements come of one due reminder when all workers have found it."""
    booking, _ = confirmed(ListingFactory(), arrive_in=20)
    clock.move(booking.starts_at - timedelta(days=2) - clock.database_now())
    facts = {"booking_id": booking.pk, "kind": Reminder.Kind.ARRIVAL, "arrives_at": booking.starts_at}
    outcomes = duel(*[lambda: reminding.remind(**facts)] * WORKERS)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    announced = OutboxMessage.objects.filter(event=ReminderDue.__name__, payload__booking_id=str(booking.pk)).count()
    assert announced == sum(outcome.value for outcome in outcomes)
    return announced


def test_two_workers_never_remind_twice() -> None:
    assert remind_at_once() == 1


def test_without_the_unique_row_each_worker_reminds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: looking first and announcing then is not enough."""
    look = Reminder.objects.filter

    def look_first(**facts: Any) -> tuple[None, bool]:
        return None, not look(**facts).exists()

    monkeypatch.setattr(Reminder.objects, "get_or_create", look_first)
    assert reminding.announce is announce
    assert remind_at_once() == WORKERS
