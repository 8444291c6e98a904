from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.occasions import Slot
from freehold.domain.party import Party
from freehold.domain.party_rules import PartyRules
from freehold.domain.periods import PeriodError, local_instant
from freehold.domain.reasons import Reason
from freehold.domain.slots import (
    OpeningHours,
    SlotRulesError,
    SlotTerms,
    check_slot,
    duration_text,
    local_day,
    slots_of_day,
)
from tests.domain.test_periods import ZONES

MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ZONE = "America/New_York"
ALL_DAY = OpeningHours.from_json([[["00:00", "24:00"]]] * 7)
OFFICE = OpeningHours.from_json([[["13:00", "17:00"], ["09:00", "12:00"]]] * 5 + [[], [["22:00", "24:00"]]])
ONE = Party(1)


def terms(hours: OpeningHours = OFFICE, **options: Any) -> SlotTerms:
    return SlotTerms(**{"opening_hours": hours, "party": PartyRules(4), "time_zone": ZONE, **options})


def slot(start: str, minutes: int, day: date = MONDAY, zone: str = ZONE) -> Slot:
    begin = local_instant(day, time.fromisoformat(start), zone)
    return Slot(begin, begin + timedelta(minutes=minutes))


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    assert all(reason.detail for reason in reasons)
    return [str(reason.code) for reason in reasons]


@pytest.mark.parametrize(
    ("start", "minutes", "options", "expected"),
    [
        ("09:00", 60, {}, []),
        ("09:30", 60, {}, []),
        ("11:00", 60, {}, []),
        ("11:30", 60, {}, ["outside_opening_hours"]),
        ("12:00", 60, {}, ["outside_opening_hours"]),
        ("08:30", 60, {}, ["outside_opening_hours"]),
        ("16:30", 30, {}, []),
        ("16:45", 15, {"min_minutes": 15}, ["off_grid"]),
        ("09:15", 60, {}, ["off_grid"]),
        ("09:00", 45, {}, ["off_grid"]),
        ("09:07", 47, {"grid_minutes": 0}, []),
        ("09:20", 40, {"grid_minutes": 20}, []),
        ("13:20", 40, {"grid_minutes": 20}, []),
        ("09:00", 30, {"min_minutes": 60}, ["min_minutes"]),
        ("09:00", 180, {"max_minutes": 120}, ["max_minutes"]),
        ("09:00", 60, {"notice_minutes": 74 * 60 + 1}, ["notice"]),
        ("09:00", 60, {"notice_minutes": 74 * 60}, []),
        ("09:00", 60, {"booking_window_days": 2}, ["beyond_booking_window"]),
        ("09:00", 60, {"booking_window_days": 3}, []),
    ],
)
def test_each_refusal_names_its_rule(start: str, minutes: int, options: dict[str, Any], expected: list[str]) -> None:
    assert codes(check_slot(terms(**options), slot=slot(start, minutes), party=ONE, now=NOW)) == expected


def test_the_past_too_many_people_and_days_off_are_refused() -> None:
    assert codes(check_slot(terms(), slot=slot("09:00", 60, MONDAY - timedelta(7)), party=Party(5), now=NOW)) == [
        "in_past",
        "capacity",
    ]
    saturday = MONDAY + timedelta(5)
    assert codes(check_slot(terms(), slot=slot("10:00", 60, saturday), party=ONE, now=NOW)) == ["outside_opening_hours"]


def test_a_night_over_two_days_lists_is_open_through() -> None:
    night = OpeningHours.from_json([[["00:00", "02:00"], ["20:00", "24:00"]]] * 7)
    assert not check_slot(terms(night), slot=slot("23:00", 120), party=ONE, now=NOW)
    assert codes(check_slot(terms(night), slot=slot("23:00", 210), party=ONE, now=NOW)) == ["outside_opening_hours"]
    starts = [each.start_at for each in slots_of_day(terms(night), day=MONDAY, minutes=120)]
    assert starts[0] == local_instant(MONDAY, time(0), ZONE)
    assert starts[-1] == local_instant(MONDAY, time(23, 30), ZONE)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (MONDAY, 24)])
def test_a_day_whose_clocks_jump_has_an_hour_less_or_more(day: date, hours: int) -> None:
    hourly = terms(ALL_DAY, grid_minutes=60, min_minutes=60)
    found = slots_of_day(hourly, day=day, minutes=60)
    assert len(found) == hours
    assert all(one.end_at == other.start_at for one, other in pairwise(found))
    whole_day = Slot(found[0].start_at, found[-1].end_at)
    limits = terms(ALL_DAY, grid_minutes=60, max_minutes=25 * 60)
    assert not check_slot(limits, slot=whole_day, party=ONE, now=datetime(2026, 1, 1, tzinfo=UTC))


windows_of_a_day = st.lists(st.integers(0, 24 * 4), min_size=0, max_size=6, unique=True).map(
    lambda marks: tuple((a * 15, b * 15) for a, b in zip(sorted(marks)[::2], sorted(marks)[1::2], strict=False))
)
rules_of_any_kind = st.builds(
    lambda days, least, more, **rest: SlotTerms(
        OpeningHours(tuple(days)), min_minutes=least, max_minutes=least + more, **rest
    ),
    st.lists(windows_of_a_day, min_size=7, max_size=7),
    st.integers(1, 180),
    st.integers(0, 600),
    party=st.just(PartyRules(3)),
    grid_minutes=st.sampled_from([0, 5, 15, 30, 45, 60]),
    notice_minutes=st.integers(0, 3000),
    booking_window_days=st.none() | st.integers(0, 40),
    time_zone=st.sampled_from(ZONES),
)


@given(rules_of_any_kind, st.integers(-3, 30), st.integers(1, 400), st.integers(0, 59))
def test_what_a_picker_offers_is_accepted_but_for_its_time(
    rules: SlotTerms, ahead: int, minutes: int, second: int
) -> None:
    day = MONDAY + timedelta(ahead)
    for each in slots_of_day(rules, day=day, minutes=minutes):
        assert each.end_at - each.start_at == timedelta(minutes=minutes)
        reasons = codes(check_slot(rules, slot=each, party=ONE, now=NOW))
        assert set(reasons) <= {"in_past", "notice", "beyond_booking_window"}
        if second and rules.grid_minutes:
            moved = Slot(each.start_at + timedelta(seconds=second), each.end_at + timedelta(seconds=second))
            assert {"off_grid", "outside_opening_hours"} & set(codes(check_slot(rules, slot=moved, party=ONE, now=NOW)))


@given(rules_of_any_kind, st.integers(0, 20), st.integers(0, 95), st.integers(1, 60))
def test_an_accepted_slot_lies_in_hours_that_are_open_minute_by_minute(
    rules: SlotTerms, ahead: int, start: int, length: int
) -> None:
    zone = ZoneInfo(rules.time_zone)
    begin = datetime.combine(MONDAY + timedelta(ahead), time(start // 4, start % 4 * 15), tzinfo=zone).astimezone(UTC)
    wanted = Slot(begin, begin + timedelta(minutes=length * 15))
    if check_slot(rules, slot=wanted, party=ONE, now=NOW):
        return
    for index in range(0, length * 15, 5):
        local = (begin + timedelta(minutes=index)).astimezone(zone)
        minute = local.hour * 60 + local.minute
        assert any(a <= minute < b for a, b in rules.opening_hours.days[local.weekday()])


def test_lengths_begin_at_what_can_really_be_had() -> None:
    assert terms(min_minutes=45, max_minutes=120).lengths() == (60, 90, 120)
    assert terms(grid_minutes=0, min_minutes=20, max_minutes=70).lengths() == (20, 40, 60)
    assert terms(min_minutes=240, max_minutes=240).lengths() == (240,)


@pytest.mark.parametrize(
    "hours",
    [
        None,
        "closed",
        [],
        [[]] * 6,
        [[]] * 8,
        ["x"] * 7,
        [[["09:00"]]] * 7,
        [[["9:00", "17:00"]]] * 7,
        [[["09:00", "24:30"]]] * 7,
        [[["09:60", "12:00"]]] * 7,
        [[["17:00", "09:00"]]] * 7,
        [[["09:00", "09:00"]]] * 7,
        [[["09:00", "12:00"], ["11:00", "13:00"]]] * 7,
        [[[9, 17]]] * 7,
        [[["٠٩:٠٠", "12:00"]]] * 7,
    ],
)
def test_hours_that_make_no_sense_are_refused(hours: Any) -> None:
    with pytest.raises(SlotRulesError):
        OpeningHours.from_json(hours)


def test_hours_come_back_from_json_in_order() -> None:
    assert OpeningHours.from_json(OFFICE.to_json()) == OFFICE
    assert OFFICE.to_json()[0] == [["09:00", "12:00"], ["13:00", "17:00"]]


def test_slots_outside_of_any_calendar_make_no_sense() -> None:
    for year in (1, 9999):
        start = datetime(year, 6, 1, tzinfo=UTC)
        with pytest.raises(PeriodError):
            check_slot(terms(), slot=Slot(start, start + timedelta(hours=1)), party=ONE, now=NOW)


def test_durations_and_days_read_as_at_the_place() -> None:
    assert [duration_text(n) for n in (1, 45, 60, 150)] == ["1 minute", "45 minutes", "1 hour", "2 hours 30 minutes"]
    assert local_day(datetime(2026, 11, 23, 3, tzinfo=UTC), ZONE) == date(2026, 11, 22)
