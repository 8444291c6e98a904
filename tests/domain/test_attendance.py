from datetime import UTC, datetime

from freehold.domain.attendance import arrival_day_begins, missed_from

BOSTON = "America/New_York"


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 7, day, hour, tzinfo=UTC)


def test_the_day_of_arrival_is_the_places_own() -> None:
    assert arrival_day_begins(at(10, 19), BOSTON) == at(10, 4)
    assert arrival_day_begins(at(10, 2), BOSTON) == at(9, 4)  # ten in the evening of the ninth over there


def test_a_stay_is_missed_when_its_first_day_is_over() -> None:
    assert missed_from(at(10, 19), at(13, 15), BOSTON) == at(11, 4)


def test_a_slot_is_missed_when_it_is_over() -> None:
    assert missed_from(at(10, 14), at(10, 15), BOSTON) == at(10, 15)
