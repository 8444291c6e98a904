"""Reading calendars: days into blocked ranges, whatever the order and the gaps."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.distribution.airbnb.calendars import CalendarFacts, parse_calendar
from freehold.distribution.airbnb.records import BlockedRange, UnreadableSource, Verdict
from tests.apps.distribution.files import write_calendar


def read(folder: Path, *lines: str) -> CalendarFacts:
    return parse_calendar(write_calendar(folder, lines))


def test_closed_days_in_a_row_become_one_range_whose_end_is_open(tmp_path: Path) -> None:
    facts = read(tmp_path, "7,2024-02-28,t,$5", "7,2024-02-29,f,$5", "7,2024-03-01,f,$5", "7,2024-03-02,t,$5")
    assert facts.blocked == (BlockedRange("7", date(2024, 2, 29), date(2024, 3, 2)),)
    assert facts.blocked[0].nights == 2
    assert (facts.first_day, facts.last_day) == (date(2024, 2, 28), date(2024, 3, 2))


def test_a_day_that_is_not_listed_is_not_blocked(tmp_path: Path) -> None:
    facts = read(tmp_path, "7,2024-05-01,f,", "7,2024-05-03,f,")
    assert [item.nights for item in facts.blocked] == [1, 1]


def test_days_out_of_order_and_listings_in_pieces_make_the_same_ranges(tmp_path: Path) -> None:
    facts = read(tmp_path, "7,2024-05-02,f,", "8,2024-05-01,f,", "7,2024-05-01,f,", "7,2024-05-03,f,")
    assert facts.blocked == (
        BlockedRange("7", date(2024, 5, 1), date(2024, 5, 4)),
        BlockedRange("8", date(2024, 5, 1), date(2024, 5, 2)),
    )
    assert facts.report.count(Verdict.NOTICED, "listing_id") == 1


def test_a_state_nobody_knows_never_opens_a_night(tmp_path: Path) -> None:
    facts = read(tmp_path, "7,2024-05-01,maybe,")
    assert [item.nights for item in facts.blocked] == [1]
    assert facts.report.count(Verdict.REPAIRED, "available") == 1


def test_rows_that_are_cut_or_have_no_date_are_refused_alone(tmp_path: Path) -> None:
    facts = read(tmp_path, "7,2024-05-01,f,$5", "7,2024-13-01,f,$5", "7", ",2024-05-01,f,", "8,2024-05-01,f,$5")
    assert [item.source_id for item in facts.blocked] == ["7", "8"]
    assert facts.report.count(Verdict.REFUSED, "date") == 1
    assert facts.report.count(Verdict.REFUSED, "row", "cut short") == 1
    assert facts.report.count(Verdict.REFUSED, "listing_id") == 1


def test_the_price_of_a_listing_is_the_median_of_its_days(tmp_path: Path) -> None:
    facts = read(tmp_path, "7,2024-05-01,t,$10", "7,2024-05-02,t,$10", '7,2024-05-03,t,"$9,000.00"', "8,2024-05-01,t,")
    assert facts.prices_minor == {"7": 1000}


def test_a_file_that_is_no_calendar_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="calendar"):
        parse_calendar(write_calendar(tmp_path, [], header="id,name"))


def test_an_empty_calendar_has_no_days(tmp_path: Path) -> None:
    facts = read(tmp_path)
    assert (facts.blocked, facts.first_day, facts.last_day) == ((), None, None)


@given(closed=st.sets(st.integers(0, 40)))
def test_ranges_cover_exactly_the_closed_days(closed: set[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    start = date(2024, 2, 20)
    lines = [f"7,{start + timedelta(day)},{'f' if day in closed else 't'}," for day in range(41)]
    facts = read(tmp_path_factory.mktemp("calendar"), *lines)
    covered = [item.start + timedelta(night) for item in facts.blocked for night in range(item.nights)]
    assert covered == [start + timedelta(day) for day in sorted(closed)]
    assert all(one.end < two.start for one, two in zip(facts.blocked, facts.blocked[1:], strict=False))
