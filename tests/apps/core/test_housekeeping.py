"""Old rows go, young ones and unfinished ones stay."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from freehold.core import housekeeping
from freehold.core.clock import DatabaseNow
from freehold.core.models import IdempotencyKey, OutboxMessage, SharedToken

pytestmark = pytest.mark.django_db


def test_only_what_is_old_and_done_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "BITE", 2)
    long_ago = timezone.now() - timedelta(days=31)
    for number in range(5):
        IdempotencyKey.objects.create(caller="a", key=str(number), request_hash="", status=201)
    IdempotencyKey.objects.exclude(key="0").update(created_at=long_ago)
    for state in OutboxMessage.State:
        OutboxMessage.objects.create(event="E", handler="h", payload={}, state=state, available_at=DatabaseNow())
    OutboxMessage.objects.update(delivered_at=long_ago, created_at=long_ago)
    Session.objects.create(session_key="old", session_data="", expire_date=long_ago)
    Session.objects.create(session_key="young", session_data="", expire_date=timezone.now() + timedelta(days=1))

    SharedToken.objects.create(key="old", renew_at=long_ago)
    SharedToken.objects.create(key="young", renew_at=timezone.now() - timedelta(days=1))

    assert housekeeping.sweep() == 4 + 1 + 1 + 1
    assert IdempotencyKey.objects.get().key == "0"
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"pending", "dead"}
    assert Session.objects.get().session_key == "young"
    assert SharedToken.objects.get().key == "young"
    assert housekeeping.sweep() == 0
