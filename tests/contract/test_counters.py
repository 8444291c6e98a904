"""What every store of counts must do: one suite, run on PostgreSQL and on a real Redis."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection

from freehold.adapters.counters.redis import RedisCounters
from freehold.core.counters import PostgresCounters, SteadyCounters
from freehold.ports.counters import Backoff, Counters, CountersUnavailable, Window
from tests.simulators.sandbox_process import free_port
from tests.support.redis_process import running_redis

pytestmark = pytest.mark.django_db(transaction=True)

FIVE = Window(5, 60)


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with running_redis() as url:
        yield url


@pytest.fixture(params=["postgresql", "redis"])
def store(request: pytest.FixtureRequest) -> Counters:
    if request.param == "postgresql":
        return PostgresCounters()
    # A prefix of its own: tests do not see one another's counts.
    return RedisCounters(request.getfixturevalue("redis_url"), prefix=f"{uuid4()}:")


class Waiting:
    """A store whose time can be moved forward."""

    def __init__(self, store: Counters) -> None:
        self.store = store

    def seconds(self, count: float) -> None:
        if isinstance(self.store, PostgresCounters):
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE core_ratecounter SET ends_at = ends_at - %(s)s * interval '1 second',"
                    " opens_at = opens_at - %(s)s * interval '1 second'",
                    {"s": count},
                )
            return
        assert isinstance(self.store, RedisCounters)
        client = self.store._client
        for key in client.scan_iter(f"{self.store._prefix}*"):
            if opens := client.hget(key, "opens"):
                client.hset(key, "opens", int(int(opens) - count * 1000))
            client.pexpire(key, max(1, int(client.pttl(key) - count * 1000)))
            if client.pttl(key) <= 1:
                client.delete(key)


def allowed(store: Counters, bucket: str = "a", window: Window = FIVE) -> bool:
    return store.count(bucket, window) == 0


def test_as_many_pass_as_the_window_says_and_the_next_is_told_how_long_it_lasts(store: Counters) -> None:
    assert [allowed(store) for _ in range(7)] == [True] * 5 + [False] * 2
    assert 50 < store.count("a", FIVE) <= 60
    assert allowed(store, "b")


def test_a_new_window_begins_when_the_old_one_is_over_even_for_one_who_kept_knocking(store: Counters) -> None:
    for _ in range(20):
        allowed(store)
    Waiting(store).seconds(61)
    assert [allowed(store) for _ in range(6)] == [True] * 5 + [False]


def test_a_window_begins_with_its_first_and_not_with_its_last(store: Counters) -> None:
    allowed(store)
    Waiting(store).seconds(40)
    assert [allowed(store) for _ in range(5)] == [True] * 4 + [False]
    assert store.count("a", FIVE) <= 20


def test_what_is_given_back_may_be_used_again_and_no_more(store: Counters) -> None:
    for _ in range(5):
        allowed(store)
    store.give_back("a")
    assert [allowed(store), allowed(store)] == [True, False]
    store.forget("a")
    assert allowed(store)
    store.give_back("unknown")
    store.forget("unknown")


def test_the_pause_doubles_with_every_failure_up_to_its_cap(store: Counters) -> None:
    backoff = Backoff(free=5, first=60, cap=900)
    waiting = Waiting(store)
    assert [store.attempt("a", backoff) for _ in range(5)] == [0.0] * 5
    pauses = []
    for _ in range(7):
        pause = store.attempt("a", backoff)
        pauses.append(round(pause / 60))
        waiting.seconds(pause + 0.01)
        assert store.attempt("a", backoff) == 0
    assert pauses == [1, 2, 4, 8, 15, 15, 15]


def test_knocking_during_a_pause_does_not_make_it_longer(store: Counters) -> None:
    backoff = Backoff(free=1, first=60)
    assert store.attempt("a", backoff) == 0
    assert all(0 < store.attempt("a", backoff) <= 60 for _ in range(10))


def test_an_attempt_that_went_well_takes_its_pause_back(store: Counters) -> None:
    backoff = Backoff(free=2, first=60)
    assert [store.attempt("a", backoff) for _ in range(2)] == [0, 0]
    store.give_back("a")
    assert store.attempt("a", backoff) == 0
    assert store.attempt("a", backoff) > 0
    store.forget("a")
    assert store.attempt("a", backoff) == 0


def test_failures_of_long_ago_are_forgotten(store: Counters) -> None:
    backoff = Backoff(free=2, first=1, cap=1, memory=100)
    assert [store.attempt("a", backoff) for _ in range(2)] == [0, 0]
    Waiting(store).seconds(101)
    assert [store.attempt("a", backoff) for _ in range(2)] == [0, 0]
    assert store.attempt("a", backoff) > 0


@pytest.mark.race
@pytest.mark.parametrize("kind", ["count", "attempt"])
def test_of_sixty_four_at_once_exactly_five_pass(store: Counters, kind: str) -> None:
    barrier = Barrier(64)

    def burst(_: int) -> bool:
        try:
            barrier.wait()
            return (store.count("a", FIVE) if kind == "count" else store.attempt("a", Backoff(free=5))) == 0
        finally:
            connection.close()

    with ThreadPoolExecutor(64) as pool:
        assert list(pool.map(burst, range(64))).count(True) == 5


def test_a_redis_that_does_not_answer_says_so_and_postgresql_counts_meanwhile() -> None:
    absent = RedisCounters(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(CountersUnavailable):
        absent.count("a", FIVE)
    steady = SteadyCounters(absent, PostgresCounters())
    assert [allowed(steady) for _ in range(6)] == [True] * 5 + [False]
    assert steady.attempt("b", Backoff(free=1)) == 0
    assert steady.attempt("b", Backoff(free=1)) > 0
    steady.give_back("a")
    steady.forget("b")
    assert allowed(steady)


class Flaky(PostgresCounters):
    """Answers when told to, and knows how often it was asked."""

    def __init__(self) -> None:
        self.asked, self.is_down = 0, True

    def count(self, bucket: str, window: Window) -> float:
        self.asked += 1
        if self.is_down:
            raise CountersUnavailable
        return 0


def test_a_store_that_failed_is_left_alone_for_a_while_and_then_asked_again() -> None:
    flaky = Flaky()
    steady = SteadyCounters(flaky, PostgresCounters())
    for _ in range(5):
        steady.count("a", FIVE)
    assert flaky.asked == 1
    flaky.is_down = False
    steady._silent_until = 0
    assert all(allowed(steady) for _ in range(9))
    assert flaky.asked == 10
