"""What is done to a booking in somebody else's name is written down with both names."""

from dataclasses import replace

import pytest

from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.end_deposit import waive_deposit
from freehold.bookings.types import ItemChange
from freehold.core.actor import Actor
from freehold.core.ids import uuid7
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from tests.factories import ListingFactory, MembershipFactory
from tests.support.booked import confirmed
from tests.support.deposits import bind_a_sandbox, booked_with_deposit
from tests.support.stays import in_days

pytestmark = pytest.mark.django_db


def borrowed(actor: Actor) -> Actor:
    return replace(actor, impersonator_id=uuid7())


def test_a_cancellation_names_both() -> None:
    booking, _ = confirmed(ListingFactory())
    actor = borrowed(Actor.of(booking.booker))
    cancelled = cancel_booking(actor=actor, booking_id=booking.pk)
    assert cancelled.cancelled_by == f"user:{actor.impersonator_id} as user:{booking.booker_id}"


def test_a_change_names_both() -> None:
    booking, _ = confirmed(ListingFactory())
    item = booking.items.get()
    actor = borrowed(Actor.of(booking.booker))
    shorter = ItemChange(item.pk, item.listing_id, Nights(in_days(30), in_days(32)), Party(2))
    made = change_booking(actor=actor, booking_id=booking.pk, changes=[shorter])
    assert made.requested_by == f"user:{actor.impersonator_id} as user:{booking.booker_id}"


def test_a_deposit_that_is_done_without_names_both() -> None:
    bind_a_sandbox()
    deposit = booked_with_deposit()
    host = Actor.of(MembershipFactory(company_id=deposit.company_id, role="staff").user)
    actor = borrowed(host)
    assert waive_deposit(actor=actor, deposit_id=deposit.pk).ended_by == str(actor)
    assert str(host.user_id) in str(actor)
