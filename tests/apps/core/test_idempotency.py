"""One key, one effect, one answer."""

import threading

import pytest
from django.db import connection, transaction

from freehold.companies.models import Company
from freehold.core.errors import BadInput, Conflict
from freehold.core.idempotency import KeyReused, idempotent_request
from freehold.core.models import IdempotencyKey
from tests.factories import CompanyFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_answer_is_replayed_to_the_same_caller_only() -> None:
    with idempotent_request(caller="user:1", key="k", body=b"a") as first:
        assert first.replay is None
        first.remember(status=201, body=b'{"id": "1"}')
    with idempotent_request(caller="user:1", key="k", body=b"a") as second:
        assert second.replay is not None
        assert (second.replay.status, second.replay.body) == (201, {"id": "1"})
    with idempotent_request(caller="user:2", key="k", body=b"b") as other:
        assert other.replay is None


def test_another_body_is_refused() -> None:
    with idempotent_request(caller="user:1", key="k", body=b"a") as first:
        first.remember(status=201, body=b"{}")
    with pytest.raises(KeyReused) as refusal, idempotent_request(caller="user:1", key="k", body=b"b"):
        pass
    assert refusal.value.status == 422


def test_while_the_first_is_running_the_second_is_told_and_never_waits() -> None:
    outcomes: list[str] = []

    def second() -> None:
        try:
            with idempotent_request(caller="user:1", key="k", body=b"a"):
                outcomes.append("ran")
        except Conflict as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    with idempotent_request(caller="user:1", key="k", body=b"a"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(5)
    assert outcomes == ["request_in_flight"]
    thread = threading.Thread(target=second)
    thread.start()
    thread.join(5)
    assert outcomes == ["request_in_flight", "ran"]


def test_a_rollback_forgets_effect_and_answer_together() -> None:
    def attempt(fail: bool) -> bool:
        with idempotent_request(caller="user:1", key="k", body=b"a") as request, transaction.atomic():
            if request.replay is not None:
                return False
            CompanyFactory()
            request.remember(status=201, body=b"{}")
            if fail:
                raise RuntimeError
        return True

    with pytest.raises(RuntimeError):
        attempt(fail=True)
    assert not IdempotencyKey.objects.exists()
    assert not Company.objects.exists()
    assert attempt(fail=False) is True
    assert attempt(fail=False) is False
    assert Company.objects.count() == 1


def test_a_session_that_dies_frees_its_key() -> None:
    def die() -> None:
        try:
            with idempotent_request(caller="user:1", key="k", body=b"a"):
                connection.close()
        finally:
            connection.close()

    thread = threading.Thread(target=die)
    thread.start()
    thread.join(5)
    with idempotent_request(caller="user:1", key="k", body=b"a") as request:
        assert request.replay is None


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "ü"])
def test_an_unusable_key_is_bad_input(key: str) -> None:
    with pytest.raises(BadInput), idempotent_request(caller="user:1", key=key, body=b""):
        pass
