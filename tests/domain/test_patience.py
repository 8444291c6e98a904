from datetime import UTC, datetime, timedelta

from freehold.domain.patience import time_to_act

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_there_is_as_much_time_as_was_agreed() -> None:
    assert time_to_act(24 * HOUR, now=NOW, starts_at=NOW + 100 * HOUR, at_least=HOUR) == 24 * HOUR


def test_nobody_waits_beyond_the_arrival() -> None:
    assert time_to_act(24 * HOUR, now=NOW, starts_at=NOW + 5 * HOUR, at_least=HOUR) == 5 * HOUR


def test_an_arrival_that_is_near_or_past_leaves_the_least_time() -> None:
    for hours in (0.5, 0, -3):
        assert time_to_act(24 * HOUR, now=NOW, starts_at=NOW + hours * HOUR, at_least=HOUR) == HOUR
