from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.listing_rules import (
    Reason,
    ReasonCode,
    StayRules,
    StayRulesError,
    check_stay,
    day_reasons,
)
from freehold.domain.party import Party
from freehold.domain.periods import PeriodError, night_dates
from tests.domain.test_periods import ZONES

NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
TODAY = NOW.date()

parties = st.builds(Party, st.integers(1, 6), st.lists(st.integers(0, 17), max_size=3).map(tuple))
rules_of_any_kind = st.builds(
    lambda least, most, **rest: StayRules(min_nights=least, max_nights=max(least, most), **rest),
    st.integers(1, 7),
    st.integers(1, 30),
    capacity=st.integers(1, 8),
    booking_window_days=st.none() | st.integers(0, 20),
    lead_time_hours=st.sampled_from([0, 1, 24, 48]) | st.integers(0, 100),
    check_in_time=st.times().map(lambda moment: moment.replace(microsecond=0)),
    time_zone=st.sampled_from(ZONES),
)


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [reason.code for reason in reasons]


@given(rules_of_any_kind, st.integers(-5, 25), st.integers(1, 35), parties)
def test_a_stay_is_accepted_exactly_when_its_length_party_and_every_night_are(
    rules: StayRules, start: int, count: int, party: Party
) -> None:
    today = NOW.astimezone(ZoneInfo(rules.time_zone)).date()
    check_in = today + timedelta(days=start)
    check_out = check_in + timedelta(days=count)
    reasons = check_stay(rules, check_in=check_in, check_out=check_out, party=party, today=today, now=NOW)
    nights_are_open = not any(
        day_reasons(rules, day=day, today=today, now=NOW) for day in night_dates(check_in, check_out)
    )
    fits = rules.min_nights <= count <= rules.max_nights and party.size <= rules.capacity
    assert (reasons == ()) == (nights_are_open and fits)
    assert len(set(codes(reasons))) == len(reasons)
    assert all(reason.detail for reason in reasons)


@pytest.mark.parametrize(
    ("rules", "start", "count", "party", "expected"),
    [
        ({}, 0, 1, Party(2), []),
        ({}, -1, 2, Party(2), ["in_past"]),
        ({"min_nights": 3}, 1, 2, Party(2), ["min_nights"]),
        ({"min_nights": 3}, 1, 3, Party(2), []),
        ({"max_nights": 7}, 1, 7, Party(2), []),
        ({"max_nights": 7}, 1, 8, Party(2), ["max_nights"]),
        ({}, 1, 1, Party(2, (0,)), []),
        ({}, 1, 1, Party(3, (0,)), ["capacity"]),
        ({"booking_window_days": 10}, 10, 1, Party(2), []),
        ({"booking_window_days": 10}, 9, 3, Party(2), ["beyond_booking_window"]),
        ({"booking_window_days": 10}, 11, 1, Party(2), ["beyond_booking_window"]),
        ({"booking_window_days": 0}, 0, 1, Party(2), []),
        ({"lead_time_hours": 24}, 1, 1, Party(2), ["lead_time"]),
        ({"lead_time_hours": 24}, 2, 1, Party(2), []),
        (
            {"min_nights": 3, "lead_time_hours": 72},
            1,
            1,
            Party(9),
            ["lead_time", "min_nights", "capacity"],
        ),
    ],
)
def test_each_rule_says_why(rules: dict[str, Any], start: int, count: int, party: Party, expected: list[str]) -> None:
    check_in = TODAY + timedelta(days=start)
    reasons = check_stay(
        StayRules(capacity=3, **rules),
        check_in=check_in,
        check_out=check_in + timedelta(days=count),
        party=party,
        today=TODAY,
        now=NOW,
    )
    assert codes(reasons) == expected


def test_lead_time_is_measured_to_the_check_in_of_the_property() -> None:
    """Check-in at 15:00 in Boston is 20:00 UTC; two hours before is 18:00 UTC, to the microsecond."""
    rules = StayRules(capacity=2, lead_time_hours=2, check_in_time=time(15), time_zone="America/New_York")
    deadline = datetime(2026, 11, 20, 18, tzinfo=UTC)
    assert day_reasons(rules, day=TODAY, today=TODAY, now=deadline) == ()
    late = day_reasons(rules, day=TODAY, today=TODAY, now=deadline + timedelta(microseconds=1))
    assert late == (Reason(ReasonCode.LEAD_TIME, "Bookings are made at least 2 hours before check-in."),)


def test_without_a_lead_time_tonight_is_open_even_after_check_in_time() -> None:
    late_evening = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    assert day_reasons(StayRules(capacity=2), day=TODAY, today=TODAY, now=late_evening) == ()


def test_dates_that_make_no_stay_are_an_error_not_a_reason() -> None:
    with pytest.raises(PeriodError):
        check_stay(StayRules(capacity=2), check_in=TODAY, check_out=TODAY, party=Party(1), today=TODAY, now=NOW)


def test_reasons_have_a_json_form() -> None:
    reasons = day_reasons(StayRules(capacity=2), day=date(2020, 1, 1), today=TODAY, now=NOW)
    assert [reason.to_json() for reason in reasons] == [{"code": "in_past", "detail": "This date has passed."}]


@pytest.mark.parametrize(
    "rules",
    [
        {"capacity": 0},
        {"min_nights": 0},
        {"min_nights": 5, "max_nights": 4},
        {"max_nights": 366},
        {"lead_time_hours": -1},
        {"booking_window_days": -1},
    ],
)
def test_contradicting_rules_are_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(StayRulesError):
        StayRules(**({"capacity": 2} | rules))


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(PeriodError):
        StayRules(capacity=2, time_zone="Mars/Olympus")
