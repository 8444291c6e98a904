"""A person looks at what machines gave up, and lets them try again."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from freehold.core import outbox
from freehold.core.clock import DatabaseNow
from freehold.core.models import IdempotencyKey, OutboxMessage
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/core/outboxmessage/"


@pytest.fixture
def letters() -> dict[str, OutboxMessage]:
    return {
        state: OutboxMessage.objects.create(
            event=f"Event{state}", handler="h", payload={}, state=state, attempts=12, available_at=DatabaseNow()
        )
        for state in OutboxMessage.State
    }


@pytest.fixture
def superuser() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def test_dead_letters_are_shown_first_and_revived(superuser: Client, letters: dict[str, OutboxMessage]) -> None:
    page = superuser.get(LIST).content.decode()
    assert "Eventdead" in page
    assert "Eventdelivered</" not in page
    assert superuser.get(f"{LIST}?state=all").status_code == 200

    everything = [str(letter.pk) for letter in letters.values()]
    answer = superuser.post(f"{LIST}?state=all", {"action": "revive", "_selected_action": everything})
    assert answer.status_code == 302
    states = dict(OutboxMessage.objects.values_list("event", "state"))
    assert states == {"Eventpending": "pending", "Eventdelivered": "delivered", "Eventdead": "pending"}
    letters["dead"].refresh_from_db()
    assert letters["dead"].attempts == 0


def test_who_may_only_look_revives_nothing(letters: dict[str, OutboxMessage]) -> None:
    watcher = UserFactory(is_staff=True)
    watcher.user_permissions.add(Permission.objects.get(codename="view_outboxmessage"))
    client = Client()
    client.force_login(watcher)
    assert client.get(LIST).status_code == 200
    client.post(LIST, {"action": "revive", "_selected_action": [str(letters["dead"].pk)]})
    letters["dead"].refresh_from_db()
    assert letters["dead"].state == "dead"


def test_heartbeats_and_remembered_answers_are_shown_and_never_changed(superuser: Client) -> None:
    outbox.beat("worker-1")
    answer = IdempotencyKey.objects.create(caller="user:1", key="k", request_hash="", status=201)
    assert "worker-1" in superuser.get("/admin/core/workerheartbeat/").content.decode()
    assert superuser.get("/admin/core/idempotencykey/").status_code == 200
    assert superuser.get("/admin/core/workerheartbeat/add/").status_code == 403
    assert superuser.post(f"/admin/core/idempotencykey/{answer.pk}/delete/", {"post": "yes"}).status_code == 403
