"""Two clocks, one offset."""

from datetime import datetime, timedelta

import pytest

from freehold.core import clock
from freehold.core.models import ClockOffset

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_offset() -> None:
    clock.forget_offset()


def apart(first: datetime, second: datetime) -> float:
    return abs((first - second).total_seconds())


def test_python_and_the_database_agree() -> None:
    assert apart(clock.now(), clock.database_now()) < 2


def test_moving_the_clock_moves_both_and_adds_up() -> None:
    start = clock.now()
    clock.move(timedelta(days=40))
    clock.move(timedelta(hours=-1))
    expected = start + timedelta(days=40, hours=-1)
    assert apart(clock.now(), expected) < 2
    assert apart(clock.database_now(), expected) < 2
    assert apart(ClockOffset.objects.annotate(there=clock.DatabaseNow()).get().there, expected) < 2


def test_an_offset_that_another_process_has_set_is_noticed_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock.now()
    ClockOffset.objects.create(pk=1, offset_by=timedelta(days=5))
    before = clock.now()
    seconds = clock.time.monotonic() + 1.1
    monkeypatch.setattr(clock.time, "monotonic", lambda: seconds)
    assert apart(clock.now(), before + timedelta(days=5)) < 5
    clock.forget_offset()
