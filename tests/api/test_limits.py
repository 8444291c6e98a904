"""Limits of the API are exact under a burst, and let honest use pass."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from freehold.api import throttling
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.api.sample")]


@pytest.fixture
def limits(settings: Any) -> Iterator[dict[str, str]]:
    settings.API_RATE_LIMITS = {**settings.API_RATE_LIMITS}
    throttling.limit_of.cache_clear()
    yield settings.API_RATE_LIMITS
    throttling.limit_of.cache_clear()


def post(client: Client | None = None, **headers: str) -> Any:
    return (client or Client()).post("/api/sample/echo/", {}, content_type="application/json", headers=headers)


@pytest.mark.race
def test_a_burst_of_sixty_four_gets_exactly_what_the_limit_admits(limits: dict[str, str]) -> None:
    limits["write"] = "10/60s"
    barrier = Barrier(64)

    def burst(_: int) -> int:
        try:
            barrier.wait()
            return int(post().status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(64) as pool:
        assert Counter(pool.map(burst, range(64))) == {200: 10, 429: 54}


def test_a_refused_caller_is_told_when_to_come_back(limits: dict[str, str]) -> None:
    limits["write"] = "1/60s"
    post()
    refused = post()
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["code"] == "throttled"
    assert 1 <= int(refused["Retry-After"]) <= 60


def test_reads_and_writes_and_people_are_counted_apart(limits: dict[str, str]) -> None:
    limits["write"] = "1/60s"
    first, second = Client(), Client()
    first.force_login(UserFactory())
    second.force_login(UserFactory())
    assert [post(client).status_code for client in (first, second, None)] == [200, 200, 200]
    assert [post(client).status_code for client in (first, second, None)] == [429, 429, 429]
    assert first.get("/api/sample/echo/").status_code == 200


def test_a_forged_address_changes_nothing_without_a_trusted_proxy(limits: dict[str, str]) -> None:
    limits["write"] = "1/60s"
    assert post(**{"X-Forwarded-For": "192.0.2.1"}).status_code == 200
    assert post(**{"X-Forwarded-For": "192.0.2.2"}).status_code == 429


def test_the_defaults_admit_sixty_posts_of_one_person_in_a_second() -> None:
    person = Client()
    person.force_login(UserFactory())
    assert {post(person).status_code for _ in range(60)} == {200}
