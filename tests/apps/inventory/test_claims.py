"""One claim at a time: what each service does to the calendar, and what it refuses."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from freehold.bookings.services.hold_booking import hold_booking
from freehold.core import clock, events
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, NotFound
from freehold.domain.occasions import Nights
from freehold.domain.periods import Period, stay_period
from freehold.inventory.errors import ClaimLapsed, Unavailable
from freehold.inventory.events import HoldLapsed
from freehold.inventory.models import Allocation, Claim, Purpose
from freehold.inventory.services.claim_listing import claim_listing
from freehold.inventory.services.claim_units import claim_units
from freehold.inventory.services.convert_claim import convert_claim
from freehold.inventory.services.extend_claim import extend_claim
from freehold.inventory.services.lapse_holds import lapse_holds
from freehold.inventory.services.release_claim import release_claim
from freehold.inventory.types import ClaimView, ListingWish
from freehold.properties.models import Listing, Unit
from tests.factories import (
    ListingFactory,
    UnitFactory,
    UnitTypeFactory,
    UserFactory,
    unit_type_listing,
    whole_property_listing,
)
from tests.support.stays import stay

pytestmark = pytest.mark.django_db

GUEST = Actor.system("test")
TTL = timedelta(minutes=15)
MONDAY = next(
    day for day in (datetime.now(UTC).date() + timedelta(days=60 + n) for n in range(7)) if day.weekday() == 0
)


def nights(first: date, count: int) -> Period:
    start = datetime.combine(first, datetime.min.time(), tzinfo=UTC) + timedelta(hours=19)
    return Period(start, start + timedelta(days=count, hours=-4))


def hold(*units: Unit, period: Period | None = None) -> ClaimView:
    return claim_units(
        actor=GUEST,
        company_id=units[0].company_id,
        unit_ids=[unit.pk for unit in units],
        period=period or nights(MONDAY, 3),
        purpose=Purpose.HOLD,
        ttl=TTL,
    )


def book(unit: Unit, period: Period | None = None) -> UUID:
    claim = hold(unit, period=period)
    convert_claim(actor=GUEST, claim_id=claim.id, purpose=Purpose.BOOKING)
    return claim.id


def hold_listing(listing: Listing, check_in: date = MONDAY, count: int = 3) -> ClaimView:
    place = listing.property
    check_out = check_in + timedelta(days=count)
    return claim_listing(
        actor=GUEST,
        wish=ListingWish(
            listing,
            Nights(check_in, check_out),
            stay_period(check_in, check_out, place.check_in_time, place.check_out_time, place.time_zone),
        ),
        ttl=TTL,
    )


def in_sql(unit: Unit, start: str, end: str, claim_id: UUID) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_allocation (unit_id, period, claim_id) VALUES (%s, tstzrange(%s, %s), %s)",
            [unit.pk, start, end, claim_id],
        )


# --- the constraint -------------------------------------------------------------------------------------------


def test_plain_sql_cannot_overlap_a_taken_period() -> None:
    unit = UnitFactory()
    claim = book(unit, Period(datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 5, tzinfo=UTC)))

    with pytest.raises(IntegrityError, match="inventory_allocation_no_overlap"):
        in_sql(unit, "2030-01-04 23:59:59Z", "2030-01-06 00:00Z", claim)
    with pytest.raises(IntegrityError, match="inventory_allocation_not_empty"):
        in_sql(unit, "2030-02-01 00:00Z", "2030-02-01 00:00Z", claim)


def test_neighbours_touch_without_overlapping() -> None:
    unit = UnitFactory()
    first = Period(datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 1, 5, tzinfo=UTC))
    book(unit, first)

    hold(unit, period=Period(first.end, first.end + timedelta(days=1)))
    hold(unit, period=Period(first.start - timedelta(days=1), first.start))

    assert Allocation.objects.count() == 3


def test_only_a_hold_has_an_end_of_life() -> None:
    unit = UnitFactory()
    with pytest.raises(ValueError, match="time to live"):
        claim_units(
            actor=GUEST,
            company_id=unit.company_id,
            unit_ids=[unit.pk],
            period=nights(MONDAY, 1),
            purpose=Purpose.BLOCK,
            ttl=TTL,
        )


# --- claim_units ----------------------------------------------------------------------------------------------


def test_a_claim_takes_all_units_or_none() -> None:
    free, taken = UnitFactory(), UnitFactory()
    taken.company = free.company
    taken.save()
    book(taken)

    with pytest.raises(Unavailable):
        hold(free, taken)

    assert not Allocation.objects.filter(unit=free).exists()


@pytest.mark.parametrize("sold_by", ["unit", "type"])
def test_a_composite_with_a_part_out_of_use_is_refused_with_a_reason(sold_by: str) -> None:
    listing = ListingFactory(unit=None)
    parts = UnitFactory.create_batch(2, property=listing.property)
    suite_type = UnitTypeFactory(property=listing.property)
    suite = UnitFactory(property=listing.property, unit_type=suite_type, parts=parts)
    listing.unit, listing.unit_type = (suite, None) if sold_by == "unit" else (None, suite_type)
    listing.save()
    Unit.objects.system("test").filter(pk=parts[1].pk).update(is_active=False)
    with pytest.raises(Unavailable) as refusal:
        hold_booking(actor=Actor.of(UserFactory()), items=[stay(listing)])
    assert [reason.code for reason in refusal.value.reasons] == ["no_units"]
    assert not Allocation.objects.exists()
    Unit.objects.system("test").filter(pk=parts[1].pk).update(is_active=True)
    hold_booking(actor=Actor.of(UserFactory()), items=[stay(listing)])
    assert Allocation.objects.count() == 2


def test_a_composite_takes_its_parts_and_they_take_it() -> None:
    east, west = UnitFactory.create_batch(2)
    west.property, west.company = east.property, east.company
    west.save()
    villa = UnitFactory(property=east.property, parts=[east, west])

    claim = hold(villa)

    assert set(claim.unit_ids) == {east.pk, west.pk}
    assert list(claim.unit_ids) == sorted(claim.unit_ids)
    with pytest.raises(Unavailable):
        hold(west)


def test_units_of_another_company_are_not_there() -> None:
    unit, foreign = UnitFactory(), UnitFactory()
    with pytest.raises(NotFound):
        hold(unit, foreign)
    with pytest.raises(NotFound):
        claim_units(
            actor=GUEST,
            company_id=unit.company_id,
            unit_ids=[uuid4()],
            period=nights(MONDAY, 1),
            purpose=Purpose.BLOCK,
        )


def test_a_refusal_names_the_purpose_and_leaves_the_transaction_usable() -> None:
    unit = UnitFactory()
    book(unit)

    with pytest.raises(Unavailable) as refused:
        hold(unit)

    assert [reason.code for reason in refused.value.reasons] == ["booked"]
    assert Claim.objects.system("test").count() == 1


def test_a_refusal_by_a_hold_says_until_when_by_the_propertys_clock() -> None:
    unit = UnitFactory(property__time_zone="Asia/Kathmandu")
    claim = hold(unit)
    assert claim.expires_at is not None
    local = claim.expires_at + timedelta(hours=5, minutes=45)

    with pytest.raises(Unavailable) as refused:
        hold(unit)

    assert refused.value.reasons[0].detail == f"Held for somebody else until {local:%H:%M}."


def test_a_claim_outside_a_transaction_is_refused(transactional_db: None) -> None:
    unit = UnitFactory()
    with pytest.raises(RuntimeError):
        hold(unit)


# --- expiry ---------------------------------------------------------------------------------------------------


@pytest.fixture
def lapsed() -> list[UUID]:
    """The ids of claims whose lapse was announced."""
    heard: list[UUID] = []
    events.subscribe(HoldLapsed, lambda event: heard.append(event.claim_id))
    yield heard
    events._in_transaction.pop(HoldLapsed)


def test_a_lapsed_hold_gives_way_to_the_next_claim_and_is_announced(lapsed: list[UUID]) -> None:
    unit = UnitFactory()
    first = hold(unit)
    clock.move(TTL)

    second = hold(unit)

    assert lapsed == [first.id]
    assert Claim.objects.system("test").get(pk=first.id).released_at is not None
    assert Allocation.objects.get().claim_id == second.id


def test_a_hold_stands_until_its_last_second() -> None:
    unit = UnitFactory()
    hold(unit)
    clock.move(TTL - timedelta(seconds=1))
    with pytest.raises(Unavailable):
        hold(unit)


def test_a_lapsed_hold_goes_with_all_its_units(lapsed: list[UUID]) -> None:
    east, west = UnitFactory(), UnitFactory()
    west.company = east.company
    west.save()
    first = hold(east, west)
    clock.move(TTL)

    hold(west)

    assert lapsed == [first.id]
    assert not Allocation.objects.filter(unit=east).exists()


def test_a_lapsed_hold_stays_when_something_else_refuses_the_claim(lapsed: list[UUID]) -> None:
    east, west = UnitFactory(), UnitFactory()
    west.company = east.company
    west.save()
    hold(east)
    book(west)
    clock.move(TTL)

    with pytest.raises(Unavailable) as refused:
        hold(east, west)

    assert [reason.code for reason in refused.value.reasons] == ["booked"]
    assert lapsed == []


def test_the_sweeper_lapses_what_is_due_and_nothing_else(lapsed: list[UUID]) -> None:
    first, second, third = UnitFactory.create_batch(3)
    due = {hold(first).id, hold(second).id}
    book(third)
    clock.move(TTL)
    fresh = hold(UnitFactory())

    assert lapse_holds(limit=10) == 2
    assert set(lapsed) == due
    assert lapse_holds(limit=10) == 0
    assert Claim.objects.system("test").filter(released_at=None).count() == 2
    assert Allocation.objects.filter(claim_id=fresh.id).exists()


def test_the_sweeper_takes_no_more_than_it_was_told() -> None:
    for unit in UnitFactory.create_batch(3):
        hold(unit)
    clock.move(TTL)
    assert [lapse_holds(limit=2), lapse_holds(limit=2)] == [2, 1]


# --- extend, convert, release ---------------------------------------------------------------------------------


def test_a_hold_is_extended_once() -> None:
    claim = hold(UnitFactory())
    assert claim.expires_at is not None

    assert extend_claim(actor=GUEST, claim_id=claim.id, by=TTL) == claim.expires_at + TTL
    assert Allocation.objects.get().expires_at == claim.expires_at + TTL
    with pytest.raises(Conflict) as refused:
        extend_claim(actor=GUEST, claim_id=claim.id, by=TTL)
    assert refused.value.code == "already_extended"


def test_a_hold_that_ran_out_is_not_extended() -> None:
    claim = hold(UnitFactory())
    clock.move(TTL)
    with pytest.raises(ClaimLapsed):
        extend_claim(actor=GUEST, claim_id=claim.id, by=TTL)


def test_a_converted_hold_never_lapses() -> None:
    unit = UnitFactory()
    book(unit)
    clock.move(TTL * 10)

    assert lapse_holds(limit=10) == 0
    with pytest.raises(Unavailable):
        hold(unit)


def test_a_hold_past_its_time_is_still_converted_while_nobody_wanted_it() -> None:
    claim = hold(UnitFactory())
    clock.move(TTL * 2)

    convert_claim(actor=GUEST, claim_id=claim.id, purpose=Purpose.BOOKING)
    convert_claim(actor=GUEST, claim_id=claim.id, purpose=Purpose.BOOKING)

    assert Claim.objects.system("test").get(pk=claim.id).purpose == Purpose.BOOKING


def test_a_hold_that_was_swept_is_not_converted() -> None:
    claim = hold(UnitFactory())
    clock.move(TTL)
    lapse_holds(limit=1)
    with pytest.raises(ClaimLapsed):
        convert_claim(actor=GUEST, claim_id=claim.id, purpose=Purpose.BOOKING)
    with pytest.raises(NotFound):
        convert_claim(actor=GUEST, claim_id=uuid4(), purpose=Purpose.BOOKING)


def test_releasing_frees_the_space_once_and_keeps_the_history() -> None:
    unit = UnitFactory()
    claim_id = book(unit)

    assert release_claim(actor=GUEST, claim_id=claim_id)
    assert not release_claim(actor=GUEST, claim_id=claim_id)
    assert not release_claim(actor=GUEST, claim_id=uuid4())

    assert not Allocation.objects.exists()
    assert Claim.objects.system("test").get(pk=claim_id).unit_ids == [unit.pk]
    hold(unit)


# --- claim_listing --------------------------------------------------------------------------------------------


def test_a_unit_listing_takes_its_unit() -> None:
    listing = ListingFactory()
    assert hold_listing(listing).unit_ids == (listing.unit_id,)


def test_a_listing_without_unit_takes_every_unit_of_the_property() -> None:
    listing = whole_property_listing(units=3)
    UnitFactory(property=listing.property, is_active=False)
    assert len(hold_listing(listing).unit_ids) == 3


def test_a_unit_type_listing_is_sold_as_often_as_it_has_units() -> None:
    listing = unit_type_listing(units=2)
    taken = {hold_listing(listing).unit_ids, hold_listing(listing).unit_ids}

    assert len(taken) == 2
    with pytest.raises(Unavailable) as refused:
        hold_listing(listing)
    assert [reason.code for reason in refused.value.reasons] == ["held"]


def test_a_unit_type_stay_goes_where_it_fits_best() -> None:
    listing = unit_type_listing(units=2)
    first = hold_listing(listing, MONDAY, 3)
    neighbour = hold_listing(listing, MONDAY + timedelta(days=3), 2)

    assert neighbour.unit_ids == first.unit_ids


def test_a_listing_without_usable_units_says_so() -> None:
    for listing in (
        ListingFactory(unit__is_active=False),
        unit_type_listing(units=0),
        whole_property_listing(units=0),
    ):
        with pytest.raises(Unavailable) as refused:
            hold_listing(listing)
        assert [reason.code for reason in refused.value.reasons] == ["no_units"]


def test_a_refusal_offers_the_nearest_free_stays_of_the_same_length() -> None:
    listing = ListingFactory()
    hold_listing(listing, MONDAY, 3)

    with pytest.raises(Unavailable) as refused:
        hold_listing(listing, MONDAY + timedelta(days=1), 2)

    error = refused.value.to_json()["errors"][0]
    assert error["code"] == "unavailable"
    assert [(each["check_in"], each["check_out"]) for each in error["alternatives"]] == [
        (str(MONDAY + timedelta(days=first)), str(MONDAY + timedelta(days=first + 2))) for first in (3, -2, 4)
    ]
    assert {each["listing_id"] for each in error["alternatives"]} == {str(listing.pk)}


def test_alternatives_obey_the_rules_of_the_listing() -> None:
    today = clock.now().date()
    listing = ListingFactory(booking_window_days=4, property__time_zone="UTC")
    hold_listing(listing, today + timedelta(days=1), 2)

    with pytest.raises(Unavailable) as refused:
        hold_listing(listing, today + timedelta(days=1), 2)

    assert [each.check_in for each in refused.value.alternatives] == [today + timedelta(days=3)]
