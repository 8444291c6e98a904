"""A limit of n lets exactly n pass, however many come at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from freehold.core.models import RateCounter
from freehold.core.ratelimit import RateLimit, consume, forget, forget_ended, give_back

pytestmark = pytest.mark.django_db

FIVE = RateLimit(5, 60)


def once(identity: str = "a", limit: RateLimit = FIVE) -> bool:
    return consume(scope="test", identity=identity, limit=limit).allowed


def window_ends() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_ratecounter SET ends_at = ends_at - interval '61 seconds'")


def test_the_sixth_is_refused_and_told_when_to_come_back() -> None:
    assert [once() for _ in range(7)] == [True] * 5 + [False] * 2
    verdict = consume(scope="test", identity="a", limit=FIVE)
    assert verdict.retry_after is not None
    assert 1 <= verdict.retry_after <= 60


def test_callers_and_scopes_are_counted_apart() -> None:
    assert all(once(identity=str(number)) for number in range(20))
    assert consume(scope="other", identity="1", limit=FIVE).allowed


def test_a_new_window_begins_when_the_old_one_is_over_even_for_one_who_kept_knocking() -> None:
    for _ in range(50):
        once()
    window_ends()
    assert [once() for _ in range(6)] == [True] * 5 + [False]


def test_what_is_given_back_may_be_used_again() -> None:
    for _ in range(5):
        once()
    give_back(scope="test", identity="a")
    assert [once(), once()] == [True, False]
    forget(scope="test", identity="a")
    assert once()


def test_ended_windows_are_swept_and_nobody_s_address_is_kept() -> None:
    once("ann@example.com")
    assert "ann" not in RateCounter.objects.get().bucket
    assert forget_ended() == 0
    window_ends()
    assert forget_ended() == 1


@pytest.mark.parametrize("text", ["", "5", "5/m", "0/60s", "5/0s", "-1/60s", "5/60"])
def test_a_limit_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="60/10s"):
        RateLimit.parse(text)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("amount", [1, 5, 40])
def test_of_sixty_four_at_once_exactly_as_many_pass_as_the_limit_says(amount: int) -> None:
    barrier = Barrier(64)

    def burst(_: int) -> bool:
        try:
            connection.ensure_connection()
            barrier.wait()
            return once(limit=RateLimit(amount, 60))
        finally:
            connection.close()

    with ThreadPoolExecutor(64) as pool:
        assert list(pool.map(burst, range(64))).count(True) == amount
