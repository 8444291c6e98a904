from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain.listing_rules import (
    SeasonRules,
    StayRules,
    StayRulesError,
    arrival_days,
    arrival_reasons,
    check_dates,
    check_stay,
    day_reasons,
    departure_days,
    departure_reasons,
    lengths_of_days,
)
from freehold.domain.party import Party
from freehold.domain.party_rules import PartyRules, check_party
from freehold.domain.periods import PeriodError, night_dates
from freehold.domain.reasons import Reason, ReasonCode
from tests.domain.test_periods import ZONES

NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
TODAY = NOW.date()
TWO = PartyRules(2)

parties = st.builds(Party, st.integers(1, 6), st.lists(st.integers(0, 17), max_size=3).map(tuple))
weekdays = st.none() | st.frozensets(st.integers(0, 6))


@st.composite
def seasons(
    draw: st.DrawFn, *, first: date = TODAY - timedelta(days=5), most_nights: int = 30
) -> tuple[SeasonRules, ...]:
    """Some that do not overlap; now and then they touch."""
    found = []
    for _ in range(draw(st.integers(0, 3))):
        start = first + timedelta(days=draw(st.integers(0, 6)))
        first = start + timedelta(days=draw(st.integers(1, 12)))
        shortest = draw(st.none() | st.integers(1, 7))
        longest = draw(st.none() | st.integers(shortest or 1, 30))
        found.append(SeasonRules(start, first, shortest, longest, *draw(st.tuples(st.booleans(), st.booleans()))))
    return tuple(draw(st.permutations(found)))


rules_of_any_kind = st.builds(
    lambda least, most, capacity, **rest: StayRules(PartyRules(capacity), least, max(least, most), **rest),
    st.integers(1, 7),
    st.integers(1, 30),
    capacity=st.integers(1, 8),
    booking_window_days=st.none() | st.integers(0, 20),
    lead_time_hours=st.sampled_from([0, 1, 24, 48]) | st.integers(0, 100),
    check_in_time=st.times().map(lambda moment: moment.replace(microsecond=0)),
    time_zone=st.sampled_from(ZONES),
    cut_off_time=st.none() | st.times(),
    arrival_weekdays=weekdays,
    departure_weekdays=weekdays,
    seasons=seasons(),
)


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [reason.code for reason in reasons]


def season_on(rules: StayRules, day: date) -> SeasonRules:
    """Without the index: any season that has the day, else one that says nothing."""
    found = [season for season in rules.seasons if season.start <= day < season.end]
    return found[0] if found else SeasonRules(day, day + timedelta(days=1))


@given(rules_of_any_kind, st.integers(-10, 40), st.integers(0, 40))
def test_many_days_at_once_are_what_each_of_them_is_alone(rules: StayRules, offset: int, count: int) -> None:
    start = TODAY + timedelta(days=offset)
    days = [start + timedelta(days=index) for index in range(count)]
    end = start + timedelta(days=count)
    assert arrival_days(rules, start, end) == [not arrival_reasons(rules, day) for day in days]
    assert departure_days(rules, start, end) == [not departure_reasons(rules, day) for day in days]
    assert lengths_of_days(rules, start, end) == [rules.lengths_from(day) for day in days]


@given(rules_of_any_kind, st.integers(-5, 25), st.integers(1, 35), parties)
def test_a_stay_is_accepted_exactly_when_its_ends_length_party_and_every_night_are(
    rules: StayRules, start: int, count: int, party: Party
) -> None:
    today = NOW.astimezone(ZoneInfo(rules.time_zone)).date()
    check_in = today + timedelta(days=start)
    check_out = check_in + timedelta(days=count)
    reasons = check_stay(rules, check_in=check_in, check_out=check_out, party=party, today=today, now=NOW)
    nights_are_open = not any(
        day_reasons(rules, day=day, today=today, now=NOW) for day in night_dates(check_in, check_out)
    )
    arrival, departure = season_on(rules, check_in), season_on(rules, check_out)
    shortest = arrival.min_nights or min(rules.min_nights, arrival.max_nights or 365)
    longest = arrival.max_nights or max(rules.max_nights, arrival.min_nights or 1)
    ends_are_open = (
        not arrival.is_closed_to_arrival
        and not departure.is_closed_to_departure
        and (rules.arrival_weekdays is None or check_in.weekday() in rules.arrival_weekdays)
        and (rules.departure_weekdays is None or check_out.weekday() in rules.departure_weekdays)
    )
    fits = shortest <= count <= longest and party.size <= rules.party.capacity
    assert (reasons == ()) == (nights_are_open and ends_are_open and fits)
    assert len(set(codes(reasons))) == len(reasons)
    assert all(reason.detail for reason in reasons)
    assert rules.longest_stay >= longest


@given(rules_of_any_kind, st.integers(0, 25), st.integers(1, 35), st.data())
def test_a_night_of_an_accepted_stay_is_had_by_a_stay_within_reach(
    rules: StayRules, start: int, count: int, data: st.DataObject
) -> None:
    """What the calendar looks at around a night is enough to judge it."""
    today = NOW.astimezone(ZoneInfo(rules.time_zone)).date()
    check_in = today + timedelta(days=start)
    if check_dates(rules, check_in=check_in, check_out=check_in + timedelta(days=count), today=today, now=NOW):
        return
    offset = data.draw(st.integers(0, count - 1))
    night = check_in + timedelta(days=offset)
    assert any(
        not check_dates(rules, check_in=first, check_out=last, today=today, now=NOW)
        for first in (check_in + timedelta(days=each) for each in range(max(0, offset - rules.reach), offset + 1))
        for last in (night + timedelta(days=each) for each in range(1, min(rules.reach, count - offset) + 1))
    )


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
        ({"cut_off_time": time(18)}, 0, 1, Party(2), ["cut_off"]),
        ({"cut_off_time": time(18, 30)}, 0, 1, Party(2), ["cut_off"]),
        ({"cut_off_time": time(18, 31)}, 0, 1, Party(2), []),
        ({"cut_off_time": time(0)}, 1, 1, Party(2), []),
        ({"arrival_weekdays": frozenset({4})}, 0, 1, Party(2), []),
        ({"arrival_weekdays": frozenset({4})}, 1, 1, Party(2), ["arrival_weekday"]),
        ({"departure_weekdays": frozenset({5, 6})}, 0, 2, Party(2), []),
        ({"departure_weekdays": frozenset({5, 6})}, 0, 3, Party(2), ["departure_weekday"]),
        ({"arrival_weekdays": frozenset()}, 0, 3, Party(2), ["arrival_weekday"]),
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
        StayRules(PartyRules(3), **rules),
        check_in=check_in,
        check_out=check_in + timedelta(days=count),
        party=party,
        today=TODAY,
        now=NOW,
    )
    assert codes(reasons) == expected


def test_lead_time_is_measured_to_the_check_in_of_the_property() -> None:
    """Check-in at 15:00 in Boston is 20:00 UTC; two hours before is 18:00 UTC, to the microsecond."""
    rules = StayRules(TWO, lead_time_hours=2, check_in_time=time(15), time_zone="America/New_York")
    deadline = datetime(2026, 11, 20, 18, tzinfo=UTC)
    assert day_reasons(rules, day=TODAY, today=TODAY, now=deadline) == ()
    late = day_reasons(rules, day=TODAY, today=TODAY, now=deadline + timedelta(microseconds=1))
    assert late == (Reason(ReasonCode.LEAD_TIME, "Bookings are made at least 2 hours before check-in."),)


def test_without_a_lead_time_tonight_is_open_even_after_check_in_time() -> None:
    late_evening = datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
    assert day_reasons(StayRules(TWO), day=TODAY, today=TODAY, now=late_evening) == ()


def test_dates_that_make_no_stay_are_an_error_not_a_reason() -> None:
    with pytest.raises(PeriodError):
        check_stay(StayRules(TWO), check_in=TODAY, check_out=TODAY, party=Party(1), today=TODAY, now=NOW)


def test_reasons_have_a_json_form() -> None:
    reasons = day_reasons(StayRules(TWO), day=date(2020, 1, 1), today=TODAY, now=NOW)
    assert [reason.to_json() for reason in reasons] == [{"code": "in_past", "detail": "This date has passed."}]


@pytest.mark.parametrize(
    "rules",
    [
        {"min_nights": 0},
        {"min_nights": 5, "max_nights": 4},
        {"max_nights": 366},
        {"lead_time_hours": -1},
        {"turnover_days": -1},
        {"arrival_weekdays": frozenset({7})},
        {"departure_weekdays": frozenset({-1})},
        {"seasons": (SeasonRules(TODAY, date(2026, 12, 2)), SeasonRules(date(2026, 12, 1), date(2026, 12, 3)))},
        {"booking_window_days": -1},
    ],
)
def test_contradicting_rules_are_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(StayRulesError):
        StayRules(TWO, **rules)


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(PeriodError):
        StayRules(TWO, time_zone="Mars/Olympus")


class TestSeasons:
    """From the fourth to the tenth day: five nights at least, no departure on a day of it, and its arrivals only."""

    START = TODAY + timedelta(days=4)
    SEASON = SeasonRules(START, START + timedelta(days=6), 5, None, label="Carnival")

    def ask(self, season: SeasonRules, start: int, count: int, **rules: Any) -> tuple[Reason, ...]:
        check_in = TODAY + timedelta(days=start)
        check_out = check_in + timedelta(days=count)
        asked = StayRules(TWO, seasons=(season,), **rules)
        return check_dates(asked, check_in=check_in, check_out=check_out, today=TODAY, now=NOW)

    def test_the_minimum_goes_by_the_day_of_arrival(self) -> None:
        assert self.ask(self.SEASON, 3, 2) == ()
        assert self.ask(self.SEASON, 10, 1) == ()
        detail = "Stays that begin in “Carnival” have at least 5 nights."
        assert self.ask(self.SEASON, 9, 4) == (Reason(ReasonCode.MIN_NIGHTS, detail),)
        assert self.ask(self.SEASON, 9, 5) == ()

    def test_a_season_without_a_name_still_says_that_it_is_one(self) -> None:
        season = SeasonRules(self.START, self.START + timedelta(days=2), max_nights=1)
        detail = "Stays that begin on this day have at most 1 night."
        assert self.ask(season, 4, 2) == (Reason(ReasonCode.MAX_NIGHTS, detail),)

    def test_the_limit_of_the_listing_gives_way_to_the_season(self) -> None:
        assert self.ask(self.SEASON, 4, 5, max_nights=3) == ()
        assert codes(self.ask(self.SEASON, 4, 6, max_nights=3)) == ["max_nights"]
        short = SeasonRules(self.START, self.START + timedelta(days=6), max_nights=2)
        assert self.ask(short, 4, 2, min_nights=4) == ()
        assert codes(self.ask(short, 4, 1, min_nights=4)) == ["min_nights"]

    def test_closed_days_can_be_slept_through_but_not_begun_or_ended_on(self) -> None:
        closed = SeasonRules(
            self.START,
            self.START + timedelta(days=2),
            is_closed_to_arrival=True,
            is_closed_to_departure=True,
            label="Fair",
        )
        assert self.ask(closed, 3, 4) == ()
        assert self.ask(closed, 5, 3) == (Reason(ReasonCode.CLOSED_TO_ARRIVAL, "No arrivals on this day (Fair)."),)
        assert self.ask(closed, 3, 2) == (Reason(ReasonCode.CLOSED_TO_DEPARTURE, "No departures on this day (Fair)."),)
        assert self.ask(closed, 2, 2) == (Reason(ReasonCode.CLOSED_TO_DEPARTURE, "No departures on this day (Fair)."),)

    @pytest.mark.parametrize("season", [{"min_nights": 0}, {"max_nights": 0}, {"min_nights": 3, "max_nights": 2}])
    def test_a_season_without_possible_lengths_is_refused(self, season: dict[str, Any]) -> None:
        with pytest.raises(StayRulesError):
            SeasonRules(TODAY, TODAY + timedelta(days=1), **season)

    def test_a_season_has_days(self) -> None:
        with pytest.raises(StayRulesError):
            SeasonRules(TODAY, TODAY)


@pytest.mark.parametrize(
    ("days", "words"),
    [({5}, "Saturday only"), ({6, 4}, "Friday or Sunday only"), ({0, 1, 2}, "Monday, Tuesday or Wednesday only")],
)
def test_weekdays_are_named(days: set[int], words: str) -> None:
    rules = StayRules(TWO, arrival_weekdays=frozenset(days), departure_weekdays=frozenset(days))
    thursday = date(2026, 11, 26)
    assert arrival_reasons(rules, thursday)[0].detail == f"Arrivals are on {words}."
    assert departure_reasons(rules, thursday)[0].detail == f"Departures are on {words}."


def test_the_cut_off_is_read_on_the_clock_of_the_property() -> None:
    """18:30 UTC is 13:30 in Boston and 03:30 of the next day in Tokyo, where nobody is late for that day yet."""
    boston = StayRules(TWO, time_zone="America/New_York", cut_off_time=time(13, 30))
    detail = "Bookings for the same day are made before 13:30."
    assert day_reasons(boston, day=TODAY, today=TODAY, now=NOW) == (Reason(ReasonCode.CUT_OFF, detail),)
    assert day_reasons(boston, day=TODAY, today=TODAY, now=NOW - timedelta(microseconds=1)) == ()
    tokyo = StayRules(TWO, time_zone="Asia/Tokyo", cut_off_time=time(13, 30))
    tomorrow = TODAY + timedelta(days=1)
    assert day_reasons(tokyo, day=tomorrow, today=tomorrow, now=NOW) == ()


@given(parties, st.integers(1, 8))
def test_the_party_is_judged_the_same_with_and_without_dates(party: Party, capacity: int) -> None:
    rules = StayRules(PartyRules(capacity))
    check_out = TODAY + timedelta(days=1)
    whole = check_stay(rules, check_in=TODAY, check_out=check_out, party=party, today=TODAY, now=NOW)
    assert whole == check_party(rules.party, party)
