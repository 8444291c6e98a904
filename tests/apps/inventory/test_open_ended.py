"""What is taken until cancelled ends with time itself: nothing else is sold meanwhile, and nobody counts its days."""

from typing import Any

import pytest
from django.test import Client

from freehold.bookings.models import Booking
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.core.actor import Actor
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Allocation
from freehold.properties.models import Listing
from freehold.reports.integrity import verify
from tests.factories import ListingFactory, UserFactory
from tests.support.slots import a_slot, exclusive_listing, from_now_on, slot_listing
from tests.support.stays import in_days, stay

pytestmark = pytest.mark.django_db

GUEST = "guest@example.com"


@pytest.fixture
def hall() -> Listing:
    return exclusive_listing(payment_terms="at_property")


@pytest.fixture
def taken(hall: Listing) -> Booking:
    return hold_booking(actor=Actor.of(UserFactory(email=GUEST)), items=[from_now_on(hall)])


def same_space(hall: Listing) -> dict[str, Any]:
    return {"company": hall.company, "property": hall.property, "unit": hall.unit}


def test_nights_slots_and_another_open_end_are_refused_while_it_lasts(hall: Listing, taken: Booking) -> None:
    wishes = (
        stay(ListingFactory(**same_space(hall)), arrive_in=300),
        a_slot(slot_listing(**same_space(hall))),
        from_now_on(hall),
        stay(hall),
    )
    for wish in wishes:
        with pytest.raises(Unavailable) as refusal:
            hold_booking(actor=Actor.of(UserFactory()), items=[wish])
        assert [reason.code for reason in refusal.value.reasons] == ["booked"]
        assert refusal.value.alternatives == ()


def test_something_that_is_booked_later_is_in_the_way_of_an_open_end(hall: Listing) -> None:
    hold_booking(actor=Actor.of(UserFactory()), items=[stay(hall, arrive_in=200)])
    with pytest.raises(Unavailable):
        hold_booking(actor=Actor.of(UserFactory()), items=[from_now_on(hall)])


def test_calendars_search_and_pages_answer_at_once(client: Client, hall: Listing, taken: Booking) -> None:
    home = ListingFactory(**same_space(hall))
    calendar = client.get(f"/api/v1/listings/{home.pk}/calendar/", {"from": in_days(1), "to": in_days(500)}).json()
    assert not any(day["available"] for day in calendar["days"])
    dates = {"check_in": in_days(30).isoformat(), "check_out": in_days(33).isoformat()}
    for address in ("/api/v1/search/", f"/api/v1/listings/{home.pk}/similar/", f"/places/{home.slug}/"):
        assert client.get(address, dates).status_code == 200
    assert str(home.pk) not in client.get("/api/v1/search/", dates).content.decode()
    client.force_login(taken.booker)
    assert client.get(f"/trips/{taken.reference}/calendar.ics").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_books_agree_about_it(taken: Booking) -> None:
    assert verify() == []


def test_cancelling_after_the_start_gives_the_space_back_at_once(hall: Listing, taken: Booking) -> None:
    cancelled = cancel_booking(actor=Actor.of(taken.booker), booking_id=taken.pk)
    assert (cancelled.state, cancelled.refund_minor) == ("cancelled", 0)
    assert not Allocation.objects.exists()
    assert hold_booking(actor=Actor.of(UserFactory()), items=[from_now_on(hall)]).state == "confirmed"
