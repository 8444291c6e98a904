from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from freehold.domain.periods import (
    MAX_NIGHTS,
    Period,
    PeriodError,
    local_instant,
    night_dates,
    nights,
    stay_period,
)

ZONE_NAMES = """
UTC Pacific/Apia Pacific/Kiritimati Australia/Lord_Howe Pacific/Chatham Pacific/Auckland
Pacific/Honolulu Pacific/Pago_Pago Pacific/Norfolk Pacific/Fiji Pacific/Easter Australia/Sydney
Australia/Adelaide Australia/Eucla Asia/Kathmandu Asia/Kolkata Asia/Dhaka Asia/Tokyo Asia/Tehran
Asia/Gaza Asia/Beirut Asia/Amman Asia/Jerusalem Asia/Pyongyang Africa/Nairobi Africa/Casablanca
Africa/Cairo Africa/Juba Europe/London Europe/Berlin Europe/Istanbul Europe/Dublin Europe/Volgograd
Atlantic/Azores America/New_York America/Los_Angeles America/Havana America/Santiago
America/Sao_Paulo America/Asuncion America/Caracas America/St_Johns America/Scoresbysund
Antarctica/Troll
"""
ZONES = ZONE_NAMES.split()

zones = st.sampled_from(ZONES)
dates = st.dates(date(2005, 1, 1), date(2032, 12, 31))
times = st.times().map(lambda moment: moment.replace(microsecond=0))
instants = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@cache
def transition_days(zone: str) -> tuple[date, ...]:
    """The days, 2008 to 2031, on or after which the zone's offset is not what it was a day before."""
    place = ZoneInfo(zone)
    midnights = [datetime(2008, 1, 1, tzinfo=UTC) + timedelta(days=index) for index in range(24 * 365)]
    offsets = [midnight.astimezone(place).utcoffset() for midnight in midnights]
    return tuple(midnights[index].date() for index in range(1, len(offsets)) if offsets[index] != offsets[index - 1])


def wall_clock(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def test_there_are_forty_zones() -> None:
    assert len(set(ZONES)) >= 40


@pytest.mark.parametrize("zone", ZONES)
def test_a_wall_time_is_the_first_instant_at_which_the_clock_shows_it_or_more(zone: str) -> None:
    """Around every clock change, gaps and folds included; so later wall times are never earlier instants."""
    previous = datetime.min.replace(tzinfo=UTC)
    for day in transition_days(zone):
        for step in range(-24, 72):
            wall = datetime.combine(day, time(0)) + timedelta(minutes=30 * step)
            instant = local_instant(wall.date(), wall.time(), zone)
            assert wall_clock(instant, zone) >= wall
            for earlier in (
                timedelta(seconds=1),
                timedelta(minutes=29),
                timedelta(hours=1),
                timedelta(hours=25),
            ):
                assert wall_clock(instant - earlier, zone) < wall
            assert instant >= previous
            previous = instant
        previous = datetime.min.replace(tzinfo=UTC)


@given(zones, dates, times)
def test_a_wall_time_that_exists_is_what_the_clock_shows(zone: str, day: date, moment: time) -> None:
    shown = wall_clock(local_instant(day, moment, zone), zone)
    place = ZoneInfo(zone)
    before, after = (datetime.combine(day, moment.replace(fold=fold), tzinfo=place).utcoffset() for fold in (0, 1))
    assert before is not None
    assert after is not None
    if before >= after:  # no gap: a usual time, or a fold
        assert shown == datetime.combine(day, moment)
    else:
        assert shown > datetime.combine(day, moment)


@given(st.data(), zones, st.integers(-2, 1), st.integers(1, 5), times, times)
def test_stays_on_clock_change_days_follow_each_other_without_overlap(
    data: st.DataObject, zone: str, offset: int, count: int, first_time: time, second_time: time
) -> None:
    days = transition_days(zone)
    day = data.draw(st.sampled_from(days) if days else dates) + timedelta(days=offset)
    check_out_time, check_in_time = sorted((first_time, second_time))
    middle, end = day + timedelta(days=count), day + timedelta(days=2 * count)
    try:
        earlier = stay_period(day, middle, check_in_time, check_out_time, zone)
        later = stay_period(middle, end, check_in_time, check_out_time, zone)
    except PeriodError:
        assert zone == "Pacific/Apia"  # it skipped the only night
        return
    assert not earlier.overlaps(later)
    assert earlier.end <= later.start
    if check_in_time == check_out_time:
        assert earlier.adjacent(later)


@given(zones, dates, st.integers(1, 30))
def test_a_stay_lasts_its_nights_give_or_take_the_change_of_offset(zone: str, day: date, count: int) -> None:
    place, end = ZoneInfo(zone), day + timedelta(days=count)
    period = stay_period(day, end, time(15), time(11), zone)
    offset = {instant: instant.astimezone(place).utcoffset() or timedelta() for instant in (period.start, period.end)}
    expected = timedelta(days=count, hours=-4) - (offset[period.end] - offset[period.start])
    shown = (wall_clock(period.start, zone).hour, wall_clock(period.end, zone).hour)
    if zone == "Pacific/Apia" and shown != (15, 11):
        return  # the day that it skipped
    assert shown == (15, 11)
    assert period.duration == expected


@pytest.mark.parametrize(
    ("zone", "day", "moment", "instant"),
    [
        ("America/New_York", date(2026, 3, 8), time(2, 30), "2026-03-08T07:00Z"),  # gap 02:00 to 03:00
        ("America/New_York", date(2026, 11, 1), time(1, 30), "2026-11-01T05:30Z"),  # fold: the first 01:30
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15), "2026-10-03T15:30Z"),  # half an hour's gap
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45), "2026-04-04T14:45Z"),  # half an hour's fold
        ("America/Havana", date(2026, 3, 8), time(0), "2026-03-08T05:00Z"),  # midnight does not exist
        ("America/Havana", date(2026, 11, 1), time(0), "2026-11-01T04:00Z"),  # midnight exists twice
        ("Pacific/Apia", date(2011, 12, 30), time(15), "2011-12-30T10:00Z"),  # the whole day does not exist
        ("Pacific/Kiritimati", date(2026, 6, 1), time(15), "2026-06-01T01:00Z"),  # 14 hours ahead
        ("Asia/Kathmandu", date(2026, 6, 1), time(15), "2026-06-01T09:15Z"),
        ("Antarctica/Troll", date(2026, 3, 29), time(1, 30), "2026-03-29T01:00Z"),  # two hours' gap
    ],
)
def test_known_clock_changes(zone: str, day: date, moment: time, instant: str) -> None:
    assert local_instant(day, moment, zone) == datetime.fromisoformat(instant)
    assert local_instant(day, moment.replace(fold=1), zone) == datetime.fromisoformat(instant)


def test_a_stay_through_apias_missing_day_is_one_night_shorter_than_it_says() -> None:
    around = stay_period(date(2011, 12, 29), date(2011, 12, 31), time(15), time(11), "Pacific/Apia")
    assert around.duration == timedelta(hours=20)
    with pytest.raises(PeriodError):
        stay_period(date(2011, 12, 30), date(2011, 12, 31), time(15), time(0), "Pacific/Apia")


def test_spring_and_autumn_nights_are_an_hour_shorter_and_longer() -> None:
    spring = stay_period(date(2026, 3, 7), date(2026, 3, 8), time(15), time(11), "America/New_York")
    autumn = stay_period(date(2026, 10, 31), date(2026, 11, 1), time(15), time(11), "America/New_York")
    assert (spring.duration, autumn.duration) == (timedelta(hours=19), timedelta(hours=21))


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "America", "/etc/localtime", "UTC\0"])
def test_unknown_time_zones_are_refused(zone: str) -> None:
    with pytest.raises(PeriodError) as refused:
        local_instant(date(2026, 1, 1), time(15), zone)
    assert refused.value.code == "unknown_time_zone"


def test_a_wall_time_with_a_zone_and_dates_beyond_the_calendar_are_refused() -> None:
    with pytest.raises(PeriodError):
        local_instant(date(2026, 1, 1), time(15, tzinfo=UTC), "UTC")
    for day, zone in ((date.min, "Asia/Tokyo"), (date.max, "America/New_York")):
        with pytest.raises(PeriodError) as refused:
            local_instant(day, time(0) if day == date.min else time(23), zone)
        assert refused.value.code == "date_out_of_range"


def test_a_stay_has_at_most_a_year_of_nights() -> None:
    assert MAX_NIGHTS == 365


@given(dates, st.integers(-10, MAX_NIGHTS + 10))
def test_nights_are_counted_and_limited(check_in: date, count: int) -> None:
    check_out = check_in + timedelta(days=count)
    if 1 <= count <= MAX_NIGHTS:
        assert nights(check_in, check_out) == count
        days = night_dates(check_in, check_out)
        assert len(days) == len(set(days)) == count
        assert (days[0], days[-1]) == (check_in, check_out - timedelta(days=1))
        assert list(days) == sorted(days)
        return
    with pytest.raises(PeriodError) as refused:
        nights(check_in, check_out)
    assert refused.value.code == ("stay_too_long" if count > 0 else "check_out_before_check_in")


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4), st.integers(0, 40))
def test_periods_are_half_open(points: list[int], probe: int) -> None:
    """Against sets of whole hours, which say the same about periods between whole hours."""
    origin = datetime(2026, 1, 1, tzinfo=UTC)

    def period(start: int, end: int) -> Period:
        return Period(origin + timedelta(hours=start), origin + timedelta(hours=end))

    first, second = sorted(points[:2]), sorted(points[2:])
    assume(first[0] < first[1] and second[0] < second[1])
    left, right = period(*first), period(*second)
    hours, others = set(range(*first)), set(range(*second))
    assert left.overlaps(right) == right.overlaps(left) == bool(hours & others)
    assert left.contains(right) == (others <= hours)
    assert left.contains(origin + timedelta(hours=probe)) == (probe in hours)
    assert left.adjacent(right) == right.adjacent(left) == (first[1] == second[0] or second[1] == first[0])
    assert left.duration == timedelta(hours=len(hours))


@given(instants, instants, st.integers(-14, 14))
def test_periods_are_kept_in_utc(start: datetime, end: datetime, offset: int) -> None:
    assume(start < end)
    elsewhere = timezone(timedelta(hours=offset))
    period = Period(start.astimezone(elsewhere), end.astimezone(elsewhere))
    assert period == Period(start, end)
    assert period.start.tzinfo is UTC
    with pytest.raises(PeriodError):
        Period(end, start)
    with pytest.raises(PeriodError):
        Period(start, start)


def test_naive_instants_make_no_period() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    end = start + timedelta(days=1)
    for first, last in ((start.replace(tzinfo=None), end), (start, end.replace(tzinfo=None))):
        with pytest.raises(PeriodError) as refused:
            Period(first, last)
        assert refused.value.code == "naive_datetime"
