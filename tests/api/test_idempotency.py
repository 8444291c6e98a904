"""A POST with an Idempotency-Key has one effect and one answer."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from freehold.core.models import ClockOffset, IdempotencyKey

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.api.sample")]

PATH = "/api/sample/counting/"


def send(body: dict[str, Any] | None = None, key: str | None = "key-1", path: str = PATH) -> Any:
    headers = {"Idempotency-Key": key} if key is not None else {}
    return Client().post(path, body or {}, content_type="application/json", headers=headers)


def runs() -> int:
    row = ClockOffset.objects.first()
    return int(row.offset_by.total_seconds()) if row else 0


def test_the_first_answer_is_replayed() -> None:
    first, second = send(), send()
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json() == {"runs": 1, "price": {"amount": "1.00", "currency": "USD"}}
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert runs() == 1


def test_without_a_key_nothing_is_de_duplicated() -> None:
    send(key=None)
    send(key=None)
    assert runs() == 2
    assert not IdempotencyKey.objects.exists()


def test_another_body_under_the_same_key_is_422() -> None:
    send()
    other = send({"more": 1})
    assert other.status_code == 422
    assert other.json()["errors"][0]["code"] == "idempotency_key_reused"
    assert runs() == 1


def test_a_conflict_is_replayed_and_its_effect_rolled_back() -> None:
    first, second = send({"outcome": "conflict"}), send({"outcome": "conflict"})
    assert first.status_code == second.status_code == 409
    assert first.json() == second.json()
    assert second["Idempotency-Replayed"] == "true"
    assert runs() == 0


@pytest.mark.parametrize("outcome", ["bad", "down"])
def test_an_attempt_without_effect_leaves_the_key_free(outcome: str) -> None:
    send({"outcome": outcome})
    assert runs() == 0
    assert not IdempotencyKey.objects.exists()
    assert send().status_code == 201


@pytest.mark.parametrize("key", ["", "ü", "x" * 256, "a\tb"])
def test_an_unusable_key_is_refused(key: str) -> None:
    response = send(key=key)
    assert response.status_code == 400
    assert response.json()["errors"][0]["code"] == "invalid_idempotency_key"


def test_of_many_at_once_one_runs_and_the_others_are_told() -> None:
    barrier = Barrier(12)

    def attempt(_: int) -> tuple[int, str]:
        try:
            barrier.wait()
            response = send()
            return response.status_code, response.headers.get("Idempotency-Replayed", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(attempt, range(12)))
    assert answers.count((201, "")) == 1
    assert {status for status, _ in answers} <= {201, 409}
    assert runs() == 1
    assert send().json()["runs"] == 1
