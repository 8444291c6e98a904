"""A host closes nights and opens them again; a booking is never closed over."""

from uuid import uuid4

import pytest

from freehold.core.actor import Actor
from freehold.core.errors import Conflict, NotFound
from freehold.domain.errors import DomainError
from freehold.domain.periods import stay_period
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Allocation, Purpose
from freehold.inventory.selectors import listing_calendar
from freehold.inventory.services.block_dates import block_dates, unblock_dates
from freehold.inventory.services.claim_units import claim_units
from freehold.properties.models import Listing
from tests.factories import (
    ListingFactory,
    MembershipFactory,
    UserFactory,
    unit_type_listing,
    whole_property_listing,
)
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("test")


def block(listing: Listing, actor: Actor = SYSTEM, start: int = 30, nights: int = 3) -> object:
    return block_dates(
        actor=actor, listing_id=listing.pk, check_in=in_days(start), check_out=in_days(start + nights), note="Paint"
    )


def closed(listing: Listing) -> list[list[str]]:
    days = listing_calendar(listing_id=listing.pk, start=in_days(29), end=in_days(34))
    return [[reason.code for reason in day.reasons] for day in days]


def test_a_host_closes_nights_and_opens_them_again() -> None:
    listing = ListingFactory()
    host = Actor.of(MembershipFactory(company=listing.company).user)
    claim = block_dates(actor=host, listing_id=listing.pk, check_in=in_days(30), check_out=in_days(33))
    assert closed(listing) == [[], ["blocked"], ["blocked"], ["blocked"], []]

    unblock_dates(actor=host, claim_id=claim.id)
    assert closed(listing) == [[]] * 5
    with pytest.raises(NotFound):
        unblock_dates(actor=host, claim_id=claim.id)


def test_a_block_closes_everything_that_the_listing_sells() -> None:
    for listing in (unit_type_listing(units=3), whole_property_listing(units=3)):
        block(listing)
        assert closed(listing)[1:4] == [["blocked"]] * 3
    assert Allocation.objects.count() == 6


def test_a_booking_is_never_closed_over() -> None:
    listing = ListingFactory()
    place = listing.property
    booking = claim_units(
        actor=SYSTEM,
        company_id=listing.company_id,
        unit_ids=[listing.unit_id],
        period=stay_period(in_days(31), in_days(32), place.check_in_time, place.check_out_time, place.time_zone),
        purpose=Purpose.BOOKING,
    )
    with pytest.raises(Unavailable) as refusal:
        block(listing)
    assert [reason.code for reason in refusal.value.reasons] == ["booked"]
    with pytest.raises(Conflict):
        unblock_dates(actor=SYSTEM, claim_id=booking.id)


def test_strangers_close_and_open_nothing() -> None:
    listing = ListingFactory()
    claim = block_dates(actor=SYSTEM, listing_id=listing.pk, check_in=in_days(30), check_out=in_days(31))
    for stranger in (Actor.anonymous(), Actor.of(UserFactory()), Actor.of(MembershipFactory().user)):
        with pytest.raises(NotFound):
            block(listing, stranger, start=40)
        with pytest.raises(NotFound):
            unblock_dates(actor=stranger, claim_id=claim.id)
    with pytest.raises(NotFound):
        unblock_dates(actor=SYSTEM, claim_id=uuid4())


def test_there_must_be_something_to_close_and_some_nights() -> None:
    with pytest.raises(Unavailable):
        block(unit_type_listing(units=0))
    with pytest.raises(DomainError):
        block(ListingFactory(), nights=0)
