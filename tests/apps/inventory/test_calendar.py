"""The calendar tells each night's fate and why; it never contradicts what can really be booked."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, NotFound
from freehold.domain.listing_rules import StayRules, check_dates
from freehold.domain.money import Money
from freehold.domain.occasions import Nights
from freehold.domain.party_rules import PartyRules
from freehold.domain.periods import Period, stay_period, time_zone
from freehold.inventory.calendar import CalendarDay, StayCalendar
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Purpose
from freehold.inventory.nights import NightClock
from freehold.inventory.occupancy import Option
from freehold.inventory.reasons import Taken
from freehold.inventory.selectors import listing_calendar, nearest_free_dates
from freehold.inventory.services.claim_listing import claim_listing
from freehold.inventory.services.claim_units import claim_units
from freehold.inventory.types import ListingWish
from freehold.pricing.models import PriceOverride
from freehold.properties.models import Listing, StayRestriction, Unit
from tests.domain.test_listing_rules import seasons
from tests.factories import ListingFactory, UnitFactory, unit_type_listing, whole_property_listing

QueryBudget = Callable[[int], AbstractContextManager[Any]]
SYSTEM = Actor.system("test")


def in_days(days: int, zone_offset: int = -5) -> date:
    return (clock.now() + timedelta(hours=zone_offset, days=days)).date()


def take(unit: Unit, first: date, count: int, purpose: Purpose = Purpose.BOOKING) -> UUID:
    place = unit.property
    claim = claim_units(
        actor=SYSTEM,
        company_id=unit.company_id,
        unit_ids=[unit.pk],
        period=stay_period(
            first, first + timedelta(days=count), place.check_in_time, place.check_out_time, place.time_zone
        ),
        purpose=purpose,
        ttl=timedelta(minutes=15) if purpose == Purpose.HOLD else None,
    )
    return claim.id


def codes(listing: Listing, first: int, after: int) -> list[str]:
    """Each day's reasons in a word; "" is free."""
    days = listing_calendar(listing_id=listing.pk, start=in_days(first), end=in_days(after))
    assert [day.date for day in days] == [in_days(each) for each in range(first, after)]
    return ["+".join(sorted(reason.code for reason in day.reasons)) for day in days]


@pytest.mark.django_db
class TestReasons:
    def test_each_purpose_has_its_word(self) -> None:
        listing = ListingFactory()
        for offset, purpose in enumerate(Purpose):
            take(listing.unit, in_days(10 + offset), 1, purpose)
        assert codes(listing, 9, 17) == ["", "held", "booked", "blocked", "external", "leased", "sold", ""]

    def test_a_lapsed_hold_closes_nothing(self) -> None:
        listing = ListingFactory()
        take(listing.unit, in_days(10), 2, Purpose.HOLD)
        assert codes(listing, 10, 12) == ["held", "held"]
        clock.move(timedelta(minutes=15))
        assert codes(listing, 10, 12) == ["", ""]

    def test_the_rules_close_the_past_the_next_hours_and_the_far_future(self) -> None:
        listing = ListingFactory(booking_window_days=5, lead_time_hours=48)
        told = codes(listing, -2, 8)
        assert told[:2] == ["in_past", "in_past"]
        assert told[2:4] == ["lead_time", "lead_time"]
        assert told[5:8] == ["", "", ""]
        assert told[8:] == ["beyond_booking_window"] * 2

    def test_a_gap_shorter_than_the_shortest_stay_is_closed(self) -> None:
        listing = ListingFactory(min_nights=3)
        take(listing.unit, in_days(10), 1)
        take(listing.unit, in_days(13), 1)
        take(listing.unit, in_days(17), 1)
        assert codes(listing, 10, 18) == ["booked", *["gap_too_short"] * 2, "booked", "", "", "", "booked"]

    def test_a_gap_is_judged_whole_even_when_only_a_part_of_it_is_asked_for(self) -> None:
        listing = ListingFactory(min_nights=3)
        take(listing.unit, in_days(10), 1)
        take(listing.unit, in_days(13), 1)
        assert codes(listing, 11, 12) == ["gap_too_short"]
        assert codes(listing, 14, 15) == [""]

    def test_a_gap_before_the_end_of_the_window_is_closed(self) -> None:
        listing = ListingFactory(min_nights=3, booking_window_days=11)
        take(listing.unit, in_days(9), 1)
        assert codes(listing, 9, 13) == ["booked", "gap_too_short", "gap_too_short", "beyond_booking_window"]

    def test_a_unit_type_is_closed_when_its_last_unit_is_taken(self) -> None:
        listing = unit_type_listing(units=2)
        first, second = Unit.objects.system("test").filter(unit_type=listing.unit_type)
        take(first, in_days(10), 3)
        take(second, in_days(12), 2, Purpose.BLOCK)
        assert codes(listing, 9, 15) == ["", "", "", "blocked+booked", "", ""]

    def test_a_whole_property_is_closed_when_any_unit_is_taken(self) -> None:
        listing = whole_property_listing(units=2)
        unit = Unit.objects.system("test").filter(property=listing.property).first()
        assert unit is not None
        take(unit, in_days(10), 1)
        assert codes(listing, 9, 12) == ["", "booked", ""]

    def test_a_composite_is_closed_when_a_part_is_taken(self) -> None:
        listing = ListingFactory()
        part = UnitFactory(property=listing.property)
        listing.unit = UnitFactory(property=listing.property, parts=[part])
        listing.save()
        take(part, in_days(10), 1)
        assert codes(listing, 10, 12) == ["booked", ""]

    def test_a_listing_without_units_is_closed(self) -> None:
        assert codes(whole_property_listing(units=0), 10, 11) == ["no_units"]


@pytest.mark.django_db
class TestReading:
    def test_prices_follow_dates_and_weekdays_and_the_past_has_none(self) -> None:
        weekday_prices: list[int | None] = [None] * 7
        weekday_prices[in_days(11).weekday()] = 15_000
        listing = ListingFactory(rate_plan__weekday_prices=weekday_prices)
        PriceOverride.objects.create(
            rate_plan=listing.rate_plan, nights=DateRange(in_days(12), in_days(13)), price_minor=30_000
        )
        days = listing_calendar(listing_id=listing.pk, start=in_days(-1), end=in_days(13))
        assert days[0].price is None
        assert [day.price for day in days[-3:]] == [Money(minor, "USD") for minor in (10_000, 15_000, 30_000)]

    def test_eighteen_months_take_two_queries(self, django_assert_max_num_queries: QueryBudget) -> None:
        listing = ListingFactory()
        for offset in range(10, 200, 10):
            take(listing.unit, in_days(offset), 3)
        clock.now()
        with django_assert_max_num_queries(2):
            assert len(listing_calendar(listing_id=listing.pk, start=in_days(0), end=in_days(550))) == 550

    def test_what_is_not_published_has_no_calendar(self) -> None:
        draft = ListingFactory(status=Listing.Status.DRAFT)
        with pytest.raises(NotFound):
            listing_calendar(listing_id=draft.pk, start=in_days(1), end=in_days(2))
        with pytest.raises(NotFound):
            nearest_free_dates(listing_id=draft.pk, check_in=in_days(1), check_out=in_days(2))

    @pytest.mark.parametrize("length", [0, -1, 551])
    def test_a_range_is_one_day_to_eighteen_months(self, length: int) -> None:
        with pytest.raises(BadInput):
            listing_calendar(listing_id=ListingFactory().pk, start=in_days(1), end=in_days(1 + length))

    def test_the_nearest_free_dates_skip_what_is_taken(self) -> None:
        listing = ListingFactory()
        take(listing.unit, in_days(20), 3)
        found = nearest_free_dates(listing_id=listing.pk, check_in=in_days(20), check_out=in_days(22))
        assert [each.check_in for each in found] == [in_days(18), in_days(17), in_days(23)]

    def test_a_unit_type_offers_only_what_one_unit_can_give(self) -> None:
        """Every night is free in some unit, but no unit is free for the whole stay."""
        listing = unit_type_listing(units=2)
        first, second = Unit.objects.system("test").filter(unit_type=listing.unit_type)
        take(first, in_days(10), 10)
        take(second, in_days(20), 10)
        found = nearest_free_dates(listing_id=listing.pk, check_in=in_days(18), check_out=in_days(22), limit=2)
        assert [each.check_in for each in found] == [in_days(16), in_days(20)]


# --- against the definition -----------------------------------------------------------------------------------

ZONES = st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "UTC"])
START = date(2030, 3, 20)  # with the day on which New York's clocks had just changed, and Lord Howe's about to


@st.composite
def stretches(draw: st.DrawFn) -> Taken:
    begin = datetime(2030, 3, 15, tzinfo=UTC) + timedelta(hours=draw(st.integers(0, 40 * 24)))
    vacated = begin + timedelta(hours=draw(st.integers(1, 6 * 24)))
    turnover = timedelta(hours=draw(st.sampled_from([0, 0, 12, 24, 48])))
    return Taken(begin, vacated + turnover, Purpose.BOOKING, None, vacated)


@st.composite
def rules_of_a_spring(draw: st.DrawFn) -> StayRules:
    shortest = draw(st.integers(1, 5))
    return StayRules(
        PartyRules(10),
        shortest,
        draw(st.integers(shortest, 9)),
        draw(st.integers(0, 30)),
        draw(st.integers(0, 60)),
        time(15),
        draw(ZONES),
        cut_off_time=draw(st.none() | st.just(time(9))),
        arrival_weekdays=draw(st.none() | st.frozensets(st.integers(0, 6))),
        departure_weekdays=draw(st.none() | st.frozensets(st.integers(0, 6), min_size=2)),
        turnover_days=draw(st.sampled_from([0, 0, 1, 2])),
        seasons=draw(st.just(()) | seasons(first=START)),
    )


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    taken=st.lists(st.lists(stretches(), max_size=5), min_size=1, max_size=2),
    rules=rules_of_a_spring(),
    check_out_time=st.sampled_from([time(0), time(11), time(15)]),
    start=st.integers(-3, 12),
    length=st.integers(1, 20),
)
def test_the_days_tell_exactly_which_stays_can_be_had(
    taken: list[list[Taken]], rules: StayRules, check_out_time: time, start: int, length: int
) -> None:
    """Every stay is tried, one by one: that is what the days say in one pass."""
    nights = NightClock(time(15), check_out_time, rules.time_zone)
    now = datetime(2030, 3, 21, 9, 30, tzinfo=UTC)
    options = [Option(uuid4(), tuple(sorted(each, key=lambda one: one.start))) for each in taken]
    first = START + timedelta(days=start)
    calendar = StayCalendar(rules, nights, now)

    told = {day.date: day for day in calendar.days(options, first, first + timedelta(days=length))}

    stays = {
        (arrival, arrival + timedelta(days=count))
        for arrival in (START + timedelta(days=offset) for offset in range(-15, 45))
        for count in range(1, rules.longest_stay + 1)
        if can_be_had(rules, nights, options, arrival, count, now)
    }
    for day in told.values():
        assert day.is_available == any(arrival <= day.date < departure for arrival, departure in stays), day
        assert day.can_arrive == any(arrival == day.date for arrival, _ in stays), day
        assert day.can_depart == any(departure == day.date for _, departure in stays), day
        lengths = [(departure - arrival).days for arrival, departure in stays if arrival == day.date]
        assert (day.min_nights, day.max_nights) == ((min(lengths), max(lengths)) if lengths else (None, None)), day
        for departure in (each.date for each in told.values() if each.can_depart and day.min_nights):
            count = (departure - day.date).days
            fits = (day.min_nights or 0) <= count <= (day.max_nights or 0)
            assert fits == ((day.date, departure) in stays), (day, departure)


def can_be_had(
    rules: StayRules, nights: NightClock, options: list[Option], check_in: date, count: int, now: datetime
) -> bool:
    check_out = check_in + timedelta(days=count)
    today = now.astimezone(time_zone(rules.time_zone)).date()
    if check_dates(rules, check_in=check_in, check_out=check_out, today=today, now=now):
        return False
    wanted = Period(nights.begin(check_in), nights.end(check_out + timedelta(days=rules.turnover_days - 1)))
    return any(not option.taken_during(wanted) for option in options)


@pytest.mark.parametrize("first", [date(2030, 3, 1), date(2030, 3, 22), date(2031, 6, 1)])
def test_every_closed_end_of_a_stay_is_explained(first: date) -> None:
    rules = StayRules(PartyRules(2), 3, 9, 60, 0, arrival_weekdays=frozenset({5}), departure_weekdays=frozenset({6}))
    calendar = StayCalendar(rules, NightClock(time(15), time(11), "UTC"), datetime(2030, 3, 21, tzinfo=UTC))
    for day in calendar.days([Option(uuid4(), ())], first, first + timedelta(days=90)):
        assert day.is_available == (day.reasons == ())
        assert day.can_arrive == (day.arrival_reasons == ()) == (day.min_nights is not None)


def test_a_day_knows_whether_it_is_available() -> None:
    assert CalendarDay(START, ()).is_available


@pytest.mark.django_db
class TestRulesOfDays:
    def test_days_of_turnover_are_not_called_booked(self) -> None:
        listing = ListingFactory(turnover_days=2)
        place = listing.property
        period = stay_period(in_days(10), in_days(12), place.check_in_time, place.check_out_time, place.time_zone)
        wish = ListingWish(listing, Nights(in_days(10), in_days(12)), period)
        with transaction.atomic():
            claim = claim_listing(actor=SYSTEM, wish=wish, ttl=timedelta(minutes=15))
        assert codes(listing, 10, 15) == ["held", "held", "turnover", "turnover", ""]
        mine = listing_calendar(listing_id=listing.pk, start=in_days(10), end=in_days(11), own_claims={claim.id})
        assert [reason.code for reason in mine[0].reasons] == ["held_by_you"]
        # A stay before leaves two days of its own.
        days = listing_calendar(listing_id=listing.pk, start=in_days(5), end=in_days(11))
        assert [day.can_depart for day in days] == [True, True, True, True, False, False]
        before = stay_period(in_days(8), in_days(9), place.check_in_time, place.check_out_time, place.time_zone)
        late = ListingWish(listing, Nights(in_days(8), in_days(9)), before)
        with transaction.atomic(), pytest.raises(Unavailable) as refusal:
            claim_listing(actor=SYSTEM, wish=late, ttl=timedelta(minutes=15))
        assert [reason.code for reason in refusal.value.reasons] == ["turnover"]

    def test_the_nearest_length_is_offered_where_the_asked_one_is_refused(self) -> None:
        listing = ListingFactory(min_nights=5)
        found = nearest_free_dates(listing_id=listing.pk, check_in=in_days(20), check_out=in_days(22), limit=2)
        assert [(each.check_in, each.check_out) for each in found] == [
            (in_days(20), in_days(25)),
            (in_days(19), in_days(24)),
        ]

    def test_alternatives_keep_days_of_arrival_and_of_turnover(self) -> None:
        arrival = in_days(20)
        listing = ListingFactory(arrival_weekdays=[arrival.weekday()], turnover_days=1)
        take(listing.unit, in_days(20), 3)
        take(listing.unit, in_days(15), 1)
        found = nearest_free_dates(listing_id=listing.pk, check_in=arrival, check_out=in_days(22))
        assert [each.check_in for each in found] == [in_days(27), in_days(6), in_days(34)]

    def test_a_season_changes_the_shortest_stay_of_its_arrivals(self) -> None:
        listing = ListingFactory()
        StayRestriction.objects.create(listing=listing, dates=DateRange(in_days(10), in_days(12)), min_nights=4)
        days = listing_calendar(listing_id=listing.pk, start=in_days(9), end=in_days(13))
        assert [day.min_nights for day in days] == [1, 4, 4, 1]
