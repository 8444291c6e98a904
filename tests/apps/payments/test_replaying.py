"""A message is read once more: by its company's people, by command, and what it asked is closed when it is answered."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, NotFound
from freehold.core.models import OutboxMessage
from freehold.payments.models import GatewayEvent, ReviewItem
from freehold.payments.services.apply_event import apply_event
from freehold.payments.services.open_review import open_review
from freehold.payments.services.replay_event import replay_event
from tests.apps.payments.builders import an_attempt
from tests.factories import CompanyFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
State = GatewayEvent.State


def an_event(**options: Any) -> GatewayEvent:
    said = {
        "provider": "sandbox",
        "account": "acct_sandbox",
        "dedupe_key": f"e{GatewayEvent.objects.count()}",
        "subject": "payment",
        "type": "payment.paid",
        "trusted": False,
        "body": b"",
        "state": State.QUARANTINED,
    }
    return GatewayEvent.objects.create(**{**said, **options})


def queued() -> int:
    return OutboxMessage.objects.filter(event="GatewayEventStored").count()


def test_a_companys_people_read_what_came_to_their_own_account() -> None:
    company = CompanyFactory()
    event = an_event(company=company)
    staff = MembershipFactory(company=company, role="staff").user
    assert replay_event(actor=Actor.of(staff), event_id=event.pk).state == State.STORED
    host = MembershipFactory(company=company, role="host").user
    with pytest.raises(AccessDenied):
        replay_event(actor=Actor.of(host), event_id=event.pk)
    with pytest.raises(NotFound):
        replay_event(actor=Actor.of(MembershipFactory(role="staff").user), event_id=event.pk)


def test_what_came_to_the_installation_is_the_administrators() -> None:
    with pytest.raises(AccessDenied):
        replay_event(actor=Actor.of(MembershipFactory(role="admin").user), event_id=an_event().pk)
    assert replay_event(actor=Actor.of(UserFactory(is_superuser=True)), event_id=an_event().pk)


def test_the_question_is_closed_once_the_message_is_applied() -> None:
    payment = an_attempt(object_id="pay_1")
    event = an_event(object_id="pay_1")
    item = open_review(
        kind=ReviewItem.Kind.UNKNOWN_OBJECT, key=f"event:{event.pk}", detail="?", company_id=None, event=event
    )
    assert apply_event(event_id=event.pk).payment == payment
    item.refresh_from_db()
    assert (item.resolution, item.resolved_at is not None) == ("Read again, and applied.", True)


def test_the_command_queues_what_is_named_and_what_is_unread() -> None:
    named, parked = an_event(state=State.APPLIED), an_event(state=State.PARKED)
    an_event(state=State.PARKED, provider="stripe")
    out = StringIO()
    call_command("replay_event", str(named.pk), stdout=out)
    assert (queued(), out.getvalue()) == (1, "1 event(s) are in the queue.\n")
    call_command("replay_event", "--unread", "--provider=sandbox", stdout=out)
    parked.refresh_from_db()
    assert (queued(), parked.state) == (2, State.STORED)


def test_the_command_says_what_is_wrong() -> None:
    with pytest.raises(CommandError, match="by their ids"):
        call_command("replay_event")
    with pytest.raises(CommandError, match="no event"):
        call_command("replay_event", "01a1ffd9-16cf-754f-ae92-ccce6bef2b9d")
